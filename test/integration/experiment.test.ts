import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExperimentProgress, ExperimentSummary } from 'troupe'
import { describe, expect, test, vi } from 'vitest'
import { TrialFolder, expectSameNumbers, trial, trialServices } from '../fixtures/experiments/experiments.ts'
import { failureOf, keepingLog, started } from '../fixtures/supervised.ts'

const root = 'test/fixtures'
const services = trialServices()

/** Resolves with what `work` does while nothing else is in the way. */
async function timed<Value>(work: Promise<Value>): Promise<{ readonly value: Value; readonly ms: number }> {
  const began = performance.now()
  const value = await work
  return { value, ms: performance.now() - began }
}

describe('a failed run', { timeout: 30_000 }, () => {
  test.each([
    ['nan', 'METRIC_INVALID', /^Metric z is NaN, /],
    ['missing', 'METRIC_INVALID', /^Metric z is missing, .*the result is u$/],
    ['string', 'METRIC_INVALID', /^Metric z is a string, /],
    ['bigint', 'METRIC_INVALID', /^Metric z is a bigint, /],
    ['inherited', 'METRIC_INVALID', /^Metric z is missing, /],
    ['null', 'METRIC_INVALID', /^Metric z is missing, .*the result is null$/],
    ['throw', 'COMPONENT_FAILED', /It fails/],
  ])('by %s is %s, is counted, and is in no mean', async (kind, code, message) => {
    for (const asynchronous of [false, true]) {
      const supervisor = await started({ services }, { root, workers: 2 })
      const summary = await supervisor.run(trial({ data: { faults: { 5: kind, 210: kind }, asynchronous } }))
      const failure = { code, message: expect.stringMatching(message) as string }
      expect(summary.failures).toEqual({
        count: 2,
        listed: [
          { run: 5, ...failure },
          { run: 210, ...failure },
        ],
      })
      expect(
        summary.points.map(({ runs, failed, metrics }) => [runs, failed, metrics['z']!.n, metrics['u']!.n]),
      ).toEqual([
        [200, 1, 199, 199],
        [200, 1, 199, 199],
      ])
      expect(summary.reproducible).toBe(true)
    }
  })

  test.each(['hang', 'spin'])(
    'that outlives timeout_ms by %s is one, the others are not, and the summary says so',
    async (kind) => {
      const own = trialServices({ timeout_ms: 200, grace_ms: 50 })
      const supervisor = await started({ services: own }, { root, workers: 2 })
      const quiet = await supervisor.run(trial())
      const summary = await supervisor.run(trial({ data: { faults: { 13: kind } } }))
      expect(summary.failures).toMatchObject({ count: 1, listed: [{ run: 13, code: 'TIMEOUT', ended_by: 'clock' }] })
      expect(summary).toMatchObject({ reproducible: false, irreproducible: ['timeout_ms ended 1 run'] })
      expect(summary.points[1]).toEqual(quiet.points[1])
      expect(summary.points[0]!.metrics['z']!.n).toBe(199)
    },
  )

  test('that runs out of memory in two workers is one, and the summary says so', async () => {
    const pools = { small: { workers: 2, resource_limits: { max_old_generation_size_mb: 32 } } }
    const supervisor = await started({ pools, services: trialServices({ pool: 'small' }) }, { root })
    const summary = await supervisor.run(trial({ data: { faults: { 13: 'oom' } } }))
    expect(summary.failures).toMatchObject({
      count: 1,
      listed: [{ run: 13, code: 'WORKER_CRASHED', ended_by: 'memory' }],
    })
    expect(summary).toMatchObject({ reproducible: false, irreproducible: ['the limit of memory ended 1 run'] })
    expect(supervisor.stats().pools['small']!.restarts).toBe(2)
  })

  test.each(['exit', 'orphan'])('that takes down two workers by %s is one, and reproducibly so', async (kind) => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const summary = await supervisor.run(trial({ data: { faults: { 13: kind } } }))
    expect(summary.failures).toMatchObject({ count: 1, listed: [{ run: 13, code: 'WORKER_CRASHED' }] })
    expect(summary.reproducible).toBe(true)
    expect(supervisor.stats().pools['default']!.restarts).toBe(2)
  })
})

describe('an experiment stops', { timeout: 30_000 }, () => {
  const many = { replications: 20_000, block_size: 50 }

  test.each([
    ['at an absolute width', { half_width: 0.1 }, ({ ci95: [low, high] }: Row) => (high - low) / 2 <= 0.1],
    [
      'at a width that is a share of the mean',
      { relative_half_width: 0.02 },
      ({ ci95: [low, high], mean }: Row) => (high - low) / 2 <= 0.02 * mean,
    ],
  ])('%s, and never with fewer than min_replications', async (_, width, isNarrow) => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const of = (minimum: number) =>
      supervisor.run(
        trial({ ...many, data: { offset: 5 }, stop: { metric: 'z', min_replications: minimum, ...width } }),
      )
    for (const { runs, stopped, metrics } of (await of(100)).points) {
      expect(stopped).toBe('interval')
      expect(isNarrow(metrics['z'] as unknown as Row)).toBe(true)
      expect(runs % 50).toBe(0)
      expect(runs).toBeLessThan(20_000)
    }
    for (const { runs } of (await of(15_010)).points) expect(runs).toBe(15_050)
  })

  test('when its budget is used up, over all resumes, and says at which block', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const folder = await TrialFolder.make()
    const experiment = trial({ ...many, data: { spin_ms: 0.5 }, stop: { budget_ms: 4_000 } })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 3_000)
    await expect(supervisor.run(experiment, { out: folder.out, signal: controller.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    const { value: summary, ms } = await timed(supervisor.run(experiment, { out: folder.out, resume: true }))
    // What was left of it, not all of it.
    expect(ms).toBeLessThan(3_500)
    const { reason, block, elapsed_ms: elapsed } = summary.stopped_at
    expect(reason).toBe('budget')
    expect(elapsed).toBeGreaterThanOrEqual(4_000)
    expect(summary.points).toHaveLength(1)
    expect(summary.points[0]).toMatchObject({ stopped: 'experiment', runs: 50 * block })
    expect(summary).toMatchObject({ reproducible: false, irreproducible: ['the budget of time ended the experiment'] })
  })

  test('at max_failures, at the same block on 1, 2 and 4 workers, whatever else was computed', async () => {
    const data = { failing: 2, mended: '/nowhere', spin_ms: 0.3 }
    const summaries: ExperimentSummary[] = []
    for (const workers of [1, 2, 4]) {
      const supervisor = await started({ services }, { root, workers })
      summaries.push(await supervisor.run(trial({ replications: 400, data, max_failures: 101 })))
      await supervisor.close()
    }
    // Of ten runs two fail: run 500 is the 101st and 501 the next, in block 62 of eight runs each, the last that counts.
    for (const summary of summaries) {
      expect(summary.stopped_at).toMatchObject({ reason: 'max_failures', block: 63 })
      expect(summary.points.map(({ runs, failed, stopped }) => ({ runs, failed, stopped }))).toEqual([
        { runs: 400, failed: 80, stopped: 'replications' },
        { runs: 104, failed: 22, stopped: 'experiment' },
      ])
      expect(summary.failures).toEqual(summaries[0]!.failures)
      expectSameNumbers(summary, summaries[0]!)
    }
  })
})

interface Row {
  readonly mean: number
  readonly ci95: readonly [number, number]
}

test(
  'progress rises to all there is, over resumes too, and a listener that throws ends nothing',
  { timeout: 30_000 },
  async () => {
    const { log, records } = keepingLog()
    const supervisor = await started({ services }, { root, workers: 2, logger: log, logLevel: 'info' })
    const folder = await TrialFolder.make()
    const experiment = trial({ data: { spin_ms: 3, held: folder.held } })
    // Half of it waits until the run is ended: that may be told late.
    folder.hold()
    const told: ExperimentProgress[] = []
    const controller = new AbortController()
    const first = supervisor.run(experiment, {
      out: folder.out,
      signal: controller.signal,
      onProgress: (progress) => {
        told.push(progress)
        controller.abort()
        folder.release()
      },
    })
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
    await supervisor.run(experiment, {
      out: folder.out,
      resume: true,
      onProgress: (progress) => {
        told.push(progress)
        throw new Error('Not now')
      },
    })
    expect(told.map(({ runs }) => runs)).toEqual(told.map(({ runs }) => runs).toSorted((one, other) => one - other))
    expect(told.at(-1)).toMatchObject({
      runs: 400,
      maxRuns: 400,
      failed: 0,
      points: 2,
      maxPoints: 2,
      etaMs: 0,
      metric: { name: 'z' },
    })
    expect(records.filter(({ message }) => message === 'A progress callback failed').length).toBeGreaterThan(0)
  },
)

describe('two experiments at once', { timeout: 30_000 }, () => {
  test('see each its own column under the same name', async () => {
    const supervisor = await started(
      { services: { mean: { module: './experiments/shared-mean.mjs', class: 'SharedMean' } } },
      { root, workers: 2 },
    )
    await supervisor.share('closes', new Float64Array([100]))
    const folder = await TrialFolder.make()
    const run = async (name: string, values: readonly number[]) => {
      const csv = join(folder.path, `${name}.csv`)
      await import('node:fs').then(({ writeFileSync }) => writeFileSync(csv, `close\n${values.join('\n')}\n`))
      return supervisor.run({
        service_id: 'mean',
        shared: { closes: { csv, column: 'close' } },
        replications: 2_000,
        block_size: 10,
        metrics: { mean: ['min', 'max'] },
      })
    }
    const [one, other] = await Promise.all([run('one', [1, 2, 3]), run('other', [5, 6, 10])])
    expect(one.points[0]!.metrics['mean']).toMatchObject({ min: 2, max: 2 })
    expect(other.points[0]!.metrics['mean']).toMatchObject({ min: 7, max: 7 })
    // Others than its runs do not see it.
    expect(await supervisor.execute({ service_id: 'mean' })).toEqual({ mean: 100 })
  })

  test('come to what each comes to alone', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const [one, other] = [trial({ seed: 1, data: { spin_ms: 0.5 } }), trial({ seed: 2, data: { spin_ms: 0.5 } })]
    const both = await Promise.all([supervisor.run(one), supervisor.run(other), supervisor.run(one)])
    expectSameNumbers(both[0], await supervisor.run(one))
    expectSameNumbers(both[1], await supervisor.run(other))
    expectSameNumbers(both[2], both[0])
  })
})

test(
  'beside an experiment whose blocks take long, single contexts of the same service are answered soon',
  { timeout: 30_000 },
  async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    await supervisor.execute({ service_id: 'trial', data: {} })
    let isOver = false
    // A block takes a second and a half.
    const run = supervisor
      .run(trial({ replications: 300, block_size: 300, data: { spin_ms: 5 } }))
      .finally(() => (isOver = true))
    const waits: number[] = []
    while (!isOver) {
      const { value, ms } = await timed(supervisor.execute({ service_id: 'trial', seed: 5, data: { offset: 3 } }))
      expect(value).toMatchObject({ u: expect.any(Number) as number })
      waits.push(ms)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect((await run).failures.count).toBe(0)
    expect(waits.length).toBeGreaterThan(5)
    const median = waits.toSorted((one, other) => one - other)[waits.length >> 1]!
    expect(median).toBeLessThan(150)
  },
)

test('no program can share what looks like an experiment', async () => {
  const supervisor = await started({ services }, { root, workers: 1 })
  await expect(supervisor.share('troupe:experiment/x', 1)).rejects.toThrow(
    /^share cannot use the name troupe:experiment/,
  )
  await expect(supervisor.execute({ service_id: 'trial', data: {}, 'troupe:experiment': 'x' })).resolves.toBeDefined()
  await supervisor.run(trial({ replications: 2 }))
  const forged = supervisor.execute({ service_id: 'trial', 'troupe:experiment': 'x', from: 0, to: 1e9 })
  await expect(forged).rejects.toMatchObject({ code: 'CONTEXT_INVALID' })
})

describe('an experiment and the supervisor’s end', { timeout: 30_000 }, () => {
  test('close() ends it soon, and it can be gone on with', async () => {
    const folder = await TrialFolder.make()
    const experiment = trial({ data: { spin_ms: 5 } })
    const first = await started({ services }, { root, workers: 2 })
    const run = failureOf(first.run(experiment, { out: folder.out }))
    await vi.waitFor(() => expect(first.stats().services['trial']!.ok).toBeGreaterThan(3), { timeout: 5_000 })
    const { ms } = await timed(first.close())
    expect(ms).toBeLessThan(2_000)
    expect(await run).toMatchObject({ code: 'SHUTTING_DOWN' })
    const second = await started({ services }, { root, workers: 2 })
    const resumed = await second.run(experiment, { out: folder.out, resume: true })
    expectSameNumbers(resumed, await second.run(experiment))
  })

  test('close() within its limit cuts off a run that hangs', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const run = failureOf(supervisor.run(trial({ data: { faults: { 3: 'hang' } } })))
    await vi.waitFor(() => expect(supervisor.stats().services['trial']!.ok).toBeGreaterThan(3), { timeout: 5_000 })
    const { ms } = await timed(supervisor.close({ timeoutMs: 500 }))
    expect(ms).toBeLessThan(5_000)
    expect(await run).toMatchObject({ code: 'SHUTTING_DOWN' })
  })

  test('reload() leaves it on the version it began with, to its end', async () => {
    const slow = trialServices()
    const supervisor = await started({ services: slow }, { root, workers: 2 })
    const experiment = trial({ data: { spin_ms: 4 } })
    const run = supervisor.run(experiment)
    await vi.waitFor(() => expect(supervisor.stats().services['trial']!.ok).toBeGreaterThan(3), { timeout: 5_000 })
    await supervisor.reload({ services: { trial: { module: './experiments/shared-mean.mjs', class: 'SharedMean' } } })
    const summary = await run
    expect(summary.failures.count).toBe(0)
    const other = await started({ services: slow }, { root, workers: 1 })
    expectSameNumbers(summary, await other.run(experiment))
    // The next one is the new version's, whose results have no such metric.
    expect((await supervisor.run(trial({ replications: 2 }))).failures.count).toBe(4)
  })
})

describe('middleware', { timeout: 30_000 }, () => {
  const around = (use: string, side = 'supervisor') => ({
    services,
    middleware: [{ name: use, module: './experiments/around.mjs', export: use, side, scope: { include: ['trial'] } }],
  })

  test('of the supervisor’s side runs once, with the experiment as its context', async () => {
    const { log, records } = keepingLog()
    const supervisor = await started(around('logs'), { root, workers: 2, logger: log, logLevel: 'info' })
    const summary = await supervisor.run(trial())
    const seen = records.filter(({ message }) => message === 'seen')
    expect(seen).toHaveLength(1)
    expect(seen[0]!.fields['context']).toMatchObject({
      service_id: 'trial',
      request_id: summary.digest,
      experiment: { seed: 7, points: 2, replications: 200 },
    })
  })

  test.each([
    ['throws', 'MIDDLEWARE_ERROR', /Not today/],
    ['redirects', 'MIDDLEWARE_ERROR', /an experiment keeps its service/],
    ['twice', 'MIDDLEWARE_ERROR', /twice/],
  ])('that %s ends the experiment with %s before any run', async (use, code, message) => {
    const folder = await TrialFolder.make()
    const supervisor = await started(around(use), { root, workers: 1 })
    const error = await failureOf(supervisor.run(trial({ data: { ledger: folder.ledger } })))
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string })
    if (use !== 'twice') expect(folder.started).toEqual([])
  })

  test('that answers itself answers in the place of the experiment', async () => {
    const supervisor = await started(around('answers'), { root, workers: 1 })
    expect(await supervisor.run(trial())).toEqual({ answer: 42 })
  })

  test('that never comes to the experiment is ended by its signal', async () => {
    const supervisor = await started(around('hangs'), { root, workers: 1 })
    const controller = new AbortController()
    const run = supervisor.run(trial(), { signal: controller.signal })
    setTimeout(() => controller.abort(), 200)
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('that does not wait for the experiment leaves nothing running unheard', async () => {
    const supervisor = await started(around('forgets'), { root, workers: 1 })
    expect(await supervisor.run(trial())).toBeDefined()
  })

  test('of the worker’s side, if it is the user’s own, runs around each run', async () => {
    const plain = await started({ services }, { root, workers: 2 })
    const supervisor = await started(around('adds', 'worker'), { root, workers: 2 })
    const [one, other] = [await supervisor.run(trial()), await plain.run(trial())]
    expect(one.digest).not.toBe(other.digest)
    expect(one.points[0]!.metrics['z']!['min']).toBe(1_000 + (other.points[0]!.metrics['z']!['min'] as number))
  })

  test('logging and metrics of the stock, on the worker’s side, see slices', async () => {
    const { log, records } = keepingLog()
    const middleware = [
      { use: 'logging', side: 'worker', config: { level: 'info' } },
      { use: 'metrics', side: 'worker' },
    ]
    const supervisor = await started({ services, middleware }, { root, workers: 2, logger: log, logLevel: 'info' })
    const summary = await supervisor.run(trial())
    const { ok } = supervisor.stats().services['trial']!
    await supervisor.close()
    const ofSlices = records.filter(({ fields }) => String(fields['request_id']).startsWith(`${summary.digest}/`))
    expect(ofSlices.length).toBeGreaterThan(0)
    expect(ofSlices.length).toBeLessThanOrEqual(2 * ok)
    expect(ok).toBeLessThan(150)
  })

  test('authentication refuses an experiment, which has no authorization to show', async () => {
    vi.stubEnv('TROUPE_TOKEN', 'secret')
    const supervisor = await started({ services, middleware: [{ use: 'authentication' }] }, { root, workers: 1 })
    await expect(supervisor.run(trial())).rejects.toMatchObject({ code: 'UNAUTHENTICATED', outcome: 'not_started' })
    const config = { bypass_services: ['trial'] }
    const other = await started({ services, middleware: [{ use: 'authentication', config }] }, { root, workers: 1 })
    expect((await other.run(trial())).failures.count).toBe(0)
    vi.unstubAllEnvs()
  })

  test('cache answers no experiment with what another came to', async () => {
    const middleware = [{ use: 'cache', config: { ttl_ms: 60_000 } }]
    const supervisor = await started(
      { services: trialServices({ idempotent: true }), middleware },
      { root, workers: 1 },
    )
    const one = await supervisor.run(trial({ seed: 1 }))
    const other = await supervisor.run(trial({ seed: 2 }))
    expect(other.numbers).not.toBe(one.numbers)
    const design = { method: 'grid', parameters: { scale: { values: [7, 9] } } }
    const third = await supervisor.run(trial({ seed: 2, design }))
    expect(third.points.map(({ parameters }) => parameters)).toEqual([{ scale: 7 }, { scale: 9 }])
    const folder = await TrialFolder.make()
    await supervisor.run(trial({ seed: 1 }), { out: folder.out })
    expect(JSON.parse(readFileSync(join(folder.out, 'summary.json'), 'utf8'))).toMatchObject({ numbers: one.numbers })
  })
})

describe('a service with policies of its own', { timeout: 60_000 }, () => {
  test.each([
    ['max_attempts', { max_attempts: 3 }, {}],
    ['a breaker', { breaker: { threshold: 0.1, minimum: 2 } }, {}],
    ['deadline_ms', { deadline_ms: 50 }, {}],
    ['mailbox of one', { mailbox: 1 }, {}],
    ['recycle_after: 1', { pool: 'own' }, { recycle_after: 1 }],
    ['one worker', { pool: 'own' }, { workers: 1 }],
  ])('(%s) runs each run of an experiment once', async (_, own, pool) => {
    const folder = await TrialFolder.make()
    const pools = { own: { workers: 2, ...pool } }
    const supervisor = await started({ pools, services: trialServices(own) }, { root, workers: 2 })
    const data = { ledger: folder.ledger, failing: 3, mended: folder.mended, spin_ms: 0.2 }
    const summary = await supervisor.run(trial({ data }))
    expect(summary.failures.count).toBe(120)
    expect(folder.started.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 400 }, (_each, run) => run),
    )
  })

  test('that nobody may call from an experiment, since it has actors, is refused', async () => {
    const actor = { module: 'troupe:counter', class: 'Counter', actor: {} }
    const supervisor = await started({ services: { trial: actor } }, { root, workers: 1 })
    await expect(supervisor.run(trial())).rejects.toMatchObject({ code: 'CONTEXT_INVALID' })
  })
})

describe('replay', { timeout: 30_000 }, () => {
  test.each([
    ['plain runs', {}],
    ['antithetic pairs', { antithetic: true }],
    ['common random numbers', { common_random_numbers: true }],
    ['prepared inputs', { prepare: { service_id: 'preparation', into: 'offset_of' } }],
  ])('gives any run of %s the value that is recorded of it', async (_, fields) => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const folder = await TrialFolder.make()
    const summary = await supervisor.run(trial({ ...fields, outputs: ['runs.csv'] }), { out: folder.out })
    const replays = await Promise.all(
      Array.from({ length: 40 }, (_each, at) => supervisor.replay(folder.out, at * 10 + (at % 2))),
    )
    for (const [at, { context, result, recorded, error, warnings }] of replays.entries()) {
      expect(error).toBeUndefined()
      expect(warnings).toEqual([])
      expect(context.request_id).toBe(`${summary.digest}/${at * 10 + (at % 2)}`)
      for (const metric of ['z', 'u'])
        expect(Object.is((result as Record<string, number>)[metric], recorded![metric])).toBe(true)
    }
  })

  test('says null of a run that failed, and how it fails now', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const folder = await TrialFolder.make()
    await supervisor.run(trial({ data: { faults: { 5: 'throw' } } }), { out: folder.out })
    expect(await supervisor.replay(folder.out, 5)).toMatchObject({
      recorded: null,
      error: { code: 'COMPONENT_FAILED' },
    })
    await expect(supervisor.replay(folder.out, 400)).rejects.toThrow(RangeError)
    await expect(supervisor.replay(folder.path, 0)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  })
})
