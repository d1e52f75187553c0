import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { Supervisor } from 'troupe'
import { failureOf, fixture, started, temporaryFolder } from '../fixtures/supervised.ts'

const root = fixture('loading')
const part = (name: string, config: object) => ({ module: './loading.mjs', class: name, config })

const linesOf = async (file: string): Promise<string[]> =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')

test('components of a service that fails to load are disposed of', async () => {
  const file = join(await temporaryFolder(), 'log')
  const steps = [part('Quick', { file, name: 'first' }), part('Broken', {}), part('Late', { file, name: 'late' })]
  const supervisor = await started({ services: { stepped: { steps } } }, { root, workers: 1 })
  const error = await failureOf(supervisor.execute({ service_id: 'stepped' }))
  expect(error).toMatchObject({ code: 'COMPONENT_LOAD_FAILED', details: { step: 'step_2' } })
  await vi.waitFor(async () => expect(await linesOf(file)).toContain('disposed late'), 10_000)
  expect((await linesOf(file)).toSorted()).toEqual(['disposed first', 'disposed late', 'made first', 'made late'])
})

test('a component that is there after the limit is disposed of', async () => {
  const file = join(await temporaryFolder(), 'log')
  const late = { ...part('Late', { file, name: 'late' }), load_timeout_ms: 50 }
  const supervisor = await started({ services: { late } }, { root, workers: 1 })
  const error = await failureOf(supervisor.execute({ service_id: 'late' }))
  expect(error.message).toContain('had not loaded after 50 ms')
  await vi.waitFor(async () => expect(await linesOf(file)).toEqual(['made late', 'disposed late']), 10_000)
})

test('middleware is loaded in the lanes of pools that have a service it runs around, and there alone', async () => {
  const file = join(await temporaryFolder(), 'log')
  const around = (name: string, include: string[]) => ({
    name,
    module: './loading.mjs',
    export: 'noted',
    config: { file, name },
    side: 'worker',
    scope: { include },
  })
  const quick = part('Quick', { file, name: 'c' })
  const supervisor = await started(
    {
      pools: { other: { workers: 1 } },
      middleware: [around('one', ['here']), around('two', ['there']), around('both', ['here', 'there'])],
      services: { here: quick, there: { ...quick, pool: 'other' } },
    },
    { root, workers: 2 },
  )
  const [both, one, two] = ['middleware both', 'middleware one', 'middleware two']
  expect((await linesOf(file)).toSorted()).toEqual([both, both, both, one, one, two])
  for (const service_id of ['here', 'there']) expect(await supervisor.execute({ service_id })).toEqual({})
})

test('a middleware that never loads ends the start on either side, and is named', async () => {
  const services = { quick: part('Quick', { file: join(await temporaryFolder(), 'log'), name: 'c' }) }
  const starts = ['supervisor', 'worker'].map(async (side) => {
    const endless = { name: 'slow', module: './loading.mjs', export: 'endless', side }
    const middleware = [{ use: 'logging', enabled: false }, endless]
    return failureOf(Supervisor.start({ middleware, services }, { root, workers: 1, logLevel: 'silent' }))
  })
  for (const error of await Promise.all(starts)) {
    expect(error).toMatchObject({ code: 'MIDDLEWARE_ERROR', outcome: 'not_started', details: { middleware: 'slow' } })
    expect(error.message).toContain(
      'Middleware slow (middleware[1]) could not be loaded: it was not there after 10000 ms',
    )
  }
})
