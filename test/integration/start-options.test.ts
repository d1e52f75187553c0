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
