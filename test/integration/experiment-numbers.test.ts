import { type ExperimentSummary, type StartOptions, Supervisor } from 'troupe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TrialFolder, expectSameNumbers, trial, trialServices } from '../fixtures/experiments/experiments.ts'
import { started } from '../fixtures/supervised.ts'

const root = 'test/fixtures'

function run(experiment: object): Promise<ExperimentSummary> {
  return supervisors[1]!.run(experiment)
}

const experiments: readonly (readonly [string, object])[] = [
  ['plain runs', {}],
  ['blocks of one run', { block_size: 1 }],
  ['one block for each point', { block_size: 200 }],
  ['blocks that are longer than a slice may take', { block_size: 200, data: { spin_ms: 0.5 } }],
  ['antithetic pairs', { antithetic: true }],
  ['common random numbers', { common_random_numbers: true }],
  ['antithetic pairs with common random numbers', { antithetic: true, common_random_numbers: true }],
  ['asynchronous runs', { data: { asynchronous: true } }],
  ['a stopping rule', { replications: 2_000, stop: { metric: 'z', half_width: 0.2, min_replications: 50 } }],
  ['failed runs', { data: { failing: 3, mended: '/nowhere' } }],
  ['a bound of failed runs', { data: { failing: 3, mended: '/nowhere' }, max_failures: 70 }],
]

const ways: readonly StartOptions[] = [
  { workers: 1 },
  { workers: 2 },
  { workers: 3 },
  { workers: 8 },
  { engine: 'inline' },
]
let supervisors: readonly Supervisor[] = []

beforeAll(async () => {
  supervisors = await Promise.all(
    ways.map((way) => Supervisor.start({ services: trialServices() }, { root, logLevel: 'silent', ...way })),
  )
})

afterAll(async () => void (await Promise.all(supervisors.map((supervisor) => supervisor.close()))))

describe('the numbers of an experiment are the same to the last bit', { timeout: 60_000 }, () => {
  test.each(experiments)('on 1, 2, 3 and 8 workers and in the same thread: %s', async (_, fields) => {
    const summaries: ExperimentSummary[] = []
    for (const supervisor of supervisors) summaries.push(await supervisor.run(trial(fields)))
    const [one, ...others] = summaries
    expect(one!.points.length).toBeGreaterThan(0)
    for (const other of others) {
      expectSameNumbers(other, one!)
      expect(other.failures).toEqual(one!.failures)
      expect({ ...other.stopped_at, elapsed_ms: 0 }).toEqual({ ...one!.stopped_at, elapsed_ms: 0 })
    }
  })

  test('where workers crash on the way', async () => {
    const [quiet, folder] = [await TrialFolder.make(), await TrialFolder.make()]
    const faults = { 0: 'exit', 7: 'exit', 8: 'orphan', 150: 'exit', 333: 'exit', 399: 'exit' }
    // The first try of a run ends its worker; where all were tried before, none does. The digest is that of the data.
    const of = ({ tries, ledger }: TrialFolder) => trial({ data: { faults, tries, ledger } })
    const supervisor = await started({ services: trialServices() }, { root, workers: 2 })
    const disturbed = await supervisor.run(of(folder))
    expect(supervisor.stats().pools['default']!.restarts).toBeGreaterThanOrEqual(6)
    expect(disturbed.failures.count).toBe(0)
    expect(disturbed.reproducible).toBe(true)
    for (const run of Object.keys(faults))
      expect(folder.started.filter((n) => n === Number(run)).length).toBeGreaterThanOrEqual(2)
    const again = await supervisor.run(of(folder))
    expectSameNumbers(disturbed, again)
    expect(
      (await supervisor.run(trial({ data: { ledger: quiet.ledger } }))).points.map(({ metrics }) => metrics),
    ).toEqual(disturbed.points.map(({ metrics }) => metrics))
  })

  test('of a service that has steps', async () => {
    const steps = [
      { name: 'first', module: './experiments/trial.mjs', class: 'Trial', output_mapping: { z: 'first' } },
      { name: 'second', module: './experiments/trial.mjs', class: 'Trial' },
    ]
    const summaries: ExperimentSummary[] = []
    for (const workers of [1, 3]) {
      const supervisor = await started({ services: { trial: { steps } } }, { root, workers })
      summaries.push(await supervisor.run(trial({ metrics: { first: ['mean', 'sd'], u: ['mean'] } })))
    }
    expectSameNumbers(summaries[1]!, summaries[0]!)
    expect(summaries[0]!.failures.count).toBe(0)
  })
})

test('block_size is part of the digest, and leaves the values what they were', async () => {
  const [small, large] = [await run(trial({ block_size: 8 })), await run(trial({ block_size: 64 }))]
  expect(small.digest).not.toBe(large.digest)
  for (const [at, point] of small.points.entries()) {
    const other = large.points[at]!
    expect(point.runs).toBe(other.runs)
    for (const statistic of ['min', 'max', 'p05', 'p50']) {
      expect(Object.is(point.metrics['z']![statistic], other.metrics['z']![statistic])).toBe(true)
    }
    expect(point.metrics['z']!['mean']).toBeCloseTo(other.metrics['z']!['mean'] as number, 10)
  }
})

test('antithetic pairs count once, and have mirrored numbers', async () => {
  const summary = await run(trial({ antithetic: true, metrics: { u: ['mean', 'min', 'max'] } }))
  for (const { runs, metrics } of summary.points) {
    expect(runs).toBe(200)
    expect(metrics['u']!.n).toBe(100)
    // The mean of u and 1 - u is a half.
    expect(metrics['u']!['min']).toBeCloseTo(0.5, 12)
    expect(metrics['u']!['max']).toBeCloseTo(0.5, 12)
  }
})

test('with common random numbers every point draws the same', async () => {
  const [one, three] = (await run(trial({ common_random_numbers: true }))).points
  expect(one!.metrics['u']).toEqual(three!.metrics['u'])
  expect(three!.metrics['z']!['mean']).toBeCloseTo(3 * (one!.metrics['z']!['mean'] as number), 10)
})
