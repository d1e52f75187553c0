import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fixture, keepingLog, started, temporaryFolder } from '../fixtures/supervised.ts'

const root = fixture('components')

/** A service whose component writes to the file what becomes of it. */
function tracked(file: string, more: object = {}, config: object = {}): object {
  return { module: './tracked.mjs', class: 'Tracked', config: { file, ...config }, ...more }
}

function lines(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

describe.each(['threads', 'inline'] as const)('the lifetime of a component (%s)', (engine) => {
  test('begins with the first context', async () => {
    const file = join(await temporaryFolder(), 'log')
    const supervisor = await started({ services: { it: tracked(file) } }, { root, workers: 1, engine })
    expect(lines(file)).toEqual([])
    await supervisor.execute({ service_id: 'it' })
    expect(lines(file)).toEqual(['made it'])
  })

  test('begins before start() resolves where the service has preload', async () => {
    const file = join(await temporaryFolder(), 'log')
    await started({ services: { it: tracked(file, { preload: true }) } }, { root, workers: 2, engine })
    expect(lines(file)).toEqual(['made it', 'made it'])
  })

  test('ends with close(), last made first', async () => {
    const file = join(await temporaryFolder(), 'log')
    const steps = ['a', 'b', 'c'].map((name) => tracked(file, {}, { name }))
    const supervisor = await started({ services: { it: { steps } } }, { root, workers: 1, engine })
    await supervisor.execute({ service_id: 'it' })
    await supervisor.close()
    expect(lines(file).slice(3)).toEqual(['disposed c', 'disposed b', 'disposed a'])
  })

  test('ends for the others too where one cannot be disposed of, which is logged', async () => {
    const file = join(await temporaryFolder(), 'log')
    const { log, records } = keepingLog()
    const services = {
      fine: tracked(file, {}, { name: 'fine' }),
      bad: tracked(file, {}, { name: 'bad', broken: true }),
    }
    const options = { root, workers: 1, engine, logger: log, logLevel: 'error' } as const
    const supervisor = await started({ services }, options)
    await supervisor.execute({ service_id: 'fine' })
    await supervisor.execute({ service_id: 'bad' })
    await supervisor.close()
    expect(lines(file).slice(2).toSorted()).toEqual(['disposed bad', 'disposed fine'])
    expect(records.map(({ message }) => message)).toEqual(['Component failed in dispose()'])
  })
})

test('a component is made once per worker, however many contexts it runs', async () => {
  const file = join(await temporaryFolder(), 'log')
  const supervisor = await started({ services: { it: tracked(file) } }, { root, workers: 2 })
  const contexts = Array.from({ length: 500 }, () => ({ service_id: 'it' }))
  const outcomes = await supervisor.executeMany(contexts)
  const results = outcomes.map((outcome) => (outcome.ok ? outcome.value : {}) as { thread: number; runs: number })
  const threads = [...new Set(results.map(({ thread }) => thread))]
  expect(lines(file)).toEqual(threads.map(() => 'made it'))
  for (const thread of threads) {
    const runs = results.filter((result) => result.thread === thread).map((result) => result.runs)
    expect(runs.toSorted((a, b) => a - b)).toEqual(runs.map((_, index) => index + 1))
  }
})
