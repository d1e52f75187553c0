import { availableParallelism } from 'node:os'
import { Supervisor } from 'troupe'
import { expect, test } from 'vitest'
import { failureOf, fixture, started } from '../fixtures/supervised.ts'

const root = fixture('lifecycle')
const service = { module: './lifecycle.mjs', class: 'Fine' }
const config = {
  pools: { default: { workers: 1 }, other: { workers: 2, engine: 'inline' } },
  services: { here: service, there: { ...service, pool: 'other' } },
}

const workersOf = (supervisor: Supervisor) =>
  Object.fromEntries(Object.entries(supervisor.stats().pools).map(([name, { workers }]) => [name, workers]))
const enginesOf = (supervisor: Supervisor) =>
  Object.fromEntries(supervisor.services().map(({ id, engine }) => [id, engine]))

test('pools have the engines and workers that the file says', async () => {
  const supervisor = await started(config, { root })
  expect(workersOf(supervisor)).toEqual({ default: 1, other: 2 })
  expect(enginesOf(supervisor)).toEqual({ here: 'threads', there: 'inline' })
})

test('workers overrides the default pool alone', async () => {
  expect(workersOf(await started(config, { root, workers: 3 }))).toEqual({ default: 3, other: 2 })
  expect(workersOf(await started(config, { root, workers: 'auto' }))).toEqual({
    default: availableParallelism(),
    other: 2,
  })
})

test('engine overrides every pool', async () => {
  expect(enginesOf(await started(config, { root, engine: 'inline' }))).toEqual({ here: 'inline', there: 'inline' })
  expect(enginesOf(await started(config, { root, engine: 'threads' }))).toEqual({ here: 'threads', there: 'threads' })
})

test('contexts run on the threads of the pool of their service', async () => {
  const supervisor = await started(config, { root })
  const contexts = ['here', 'there'].map((service_id) => ({ service_id, data: service_id }))
  expect(await supervisor.executeMany(contexts)).toEqual([
    { ok: true, value: { data: 'here' } },
    { ok: true, value: { data: 'there' } },
  ])
})

test.each([
  [{ engine: 'thread' }, 'options.engine', 'threads'],
  [{ workers: 0 }, 'options.workers', undefined],
  [{ workers: 1.5 }, 'options.workers', undefined],
  [{ workers: '2' }, 'options.workers', undefined],
])('options %j start nothing', async (options, path, nearest) => {
  const error = await failureOf(Supervisor.start(config, { root, ...(options as object) }))
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', outcome: 'not_started', details: [{ path }] })
  if (nearest !== undefined) expect(error.details).toMatchObject([{ nearest }])
})

test.each<[string, object, RegExp]>([
  ['a misspelt key', { worker: 3 }, /no option worker of start; did you mean workers\?/],
  ['a misspelt engine', { engin: 'inline' }, /no option engin of start; did you mean engine\?/],
  ['a level that is none', { logLevel: 'verbose' }, /^logLevel must be one of trace, .*silent, but is verbose$/],
  ['a level in capitals', { logLevel: 'warning' }, /did you mean warn\?/],
  ['a logger that is none', { logger: 'pino' }, /^logger must be an object/],
  [
    'a logger that lacks methods',
    { logger: { info() {}, warn() {}, error() {} } },
    /lacks the method trace, debug, fatal;/,
  ],
])('%s is a TypeError', async (_, options, message) => {
  await expect(Supervisor.check(config, { root, ...options })).rejects.toThrow(TypeError)
  await expect(Supervisor.start(config, { root, ...options })).rejects.toThrow(message)
})

test('options of the methods that nobody knows are TypeErrors', async () => {
  const supervisor = await started(config, { root })
  const context = { service_id: 'here' }
  const wrong = (options: object) => options
  await expect(supervisor.execute(context, wrong({ timeout: 5 }))).rejects.toThrow(
    new TypeError('There is no option timeout of execute; did you mean timeoutMs?'),
  )
  await expect(supervisor.executeMany([context], wrong({ sginal: 1 }))).rejects.toThrow(
    new TypeError('There is no option sginal of executeMany; did you mean signal?'),
  )
  expect(() => supervisor.stream([context], wrong({ order: true }))).toThrow(
    new TypeError('There is no option order of stream; did you mean ordered?'),
  )
  expect(() => supervisor.close(wrong({ timeout: 5 }))).toThrow(TypeError)
  expect(await supervisor.execute(context, {})).toEqual({})
})

test('a pool of the inline engine has one worker, unless it is told otherwise', async () => {
  const services = { there: { ...service, pool: 'other' } }
  expect(workersOf(await started({ pools: { other: { engine: 'inline' } }, services }, { root }))).toEqual({ other: 1 })
})

test('an engine that the file misspells starts nothing', async () => {
  const error = await failureOf(Supervisor.start({ ...config, pools: { default: { engine: 'inlin' } } }, { root }))
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
  expect(error.message).toMatch(/pools\.default\.engine: .*"threads", "inline"/)
})

test('two supervisors of one program have workers of their own', async () => {
  const one = await started(config, { root })
  const other = await started(config, { root })
  await one.close()
  expect(await other.execute({ service_id: 'here', data: 1 })).toEqual({ data: 1 })
})
