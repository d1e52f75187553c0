import { Supervisor } from 'troupe'
import { afterEach, describe, expect, test } from 'vitest'
import { RecordedLog } from '../fixtures/recorded-log.ts'
import { batch, errorOf } from './batches.ts'
import { inCleanProcess } from './clean-process.ts'
import { withTail } from './tail.ts'

const counted = { module: './counted-starts.mjs', class: 'CountedStarts', pool: 'own' }
// For what hangs, and for nothing else: a busy machine may take as long for what does not.
const limits = { timeout_ms: 500, grace_ms: 50 }
const config = { pools: { own: { workers: 1 } }, services: { counted } }

afterEach(() => void delete process.env['TROUPE_FAULT'])

/** What one run came to: how often the point was reached, and the codes of what failed. */
interface Sweep {
  readonly reached: number
  readonly codes: readonly string[]
}

/**
 * Runs batches with one fault planned: each context starts at most once and settles once, and at most one is the worse
 * for the fault.
 */
async function runWith(
  fault: string,
  batches: readonly number[],
  warm = 0,
  exitAt?: number,
  own: object = {},
): Promise<Sweep> {
  process.env['TROUPE_FAULT'] = `${fault}@own`
  const { logger, records } = new RecordedLog()
  const codes: string[] = []
  const pools = { own: { ...config.pools.own, ...own } }
  const services = { counted: { ...counted, ...(fault.endsWith(':hang') && limits) } }
  await withTail({ pools, services }, { workers: 1, logger }, async (supervisor) => {
    const starts = new Int32Array(new SharedArrayBuffer(4 * 64))
    await supervisor.share('starts', starts)
    const warmed = Array.from({ length: warm }, () => ({ service_id: 'counted', data: { n: 63 } }))
    for (const outcome of await supervisor.executeMany(warmed)) expect(outcome.ok).toBe(true)
    let first = 0
    for (const size of batches) {
      const contexts = batch('counted', first + size, exitAt === undefined ? {} : { [exitAt]: { exit: true } })
      const outcomes = await supervisor.executeMany(contexts.slice(first))
      for (const [index, outcome] of outcomes.entries()) {
        const n = first + index
        if (outcome.ok) {
          expect([outcome.value, starts[n]]).toEqual([{ n }, 1])
          continue
        }
        const error = errorOf(outcome)
        if (n !== exitAt) codes.push(error.code)
        // A thread may end when its lane has marked a context as started, and before the component's code has.
        const most = error.outcome === 'not_started' ? 0 : 1
        expect(starts[n], `starts of ${n}, which failed: ${error.message}`).toBeLessThanOrEqual(most)
      }
      first += size
    }
  })
  const { fields } = records.find(({ message }) => message === 'A fault was planned')!
  return { reached: fields['reached'] as number, codes }
}

/** Tries n = 1, 2, 3, …, behind the replies to what warms up, until the point is not reached so often; returns what each came to. */
async function sweep(fault: string, batches: readonly number[], warm = 0, own: object = {}): Promise<readonly Sweep[]> {
  const runs: Sweep[] = []
  for (let n = 1 + warm; ; n++) {
    const [point, ...action] = fault.split(' ')
    const run = await runWith([point, n, ...action].join(':'), batches, warm, undefined, own)
    if (run.reached < n) return runs
    expect(run.codes.length, `contexts that fail for ${fault} at ${n}: ${run.codes.join()}`).toBeLessThanOrEqual(1)
    runs.push(run)
  }
}

const MANY = [4, 12]
const FEW = [1, 4]
// Contexts after which the service is known to be quick, so that results leave as rows; on a machine that is busy with
// other things it may not seem so, and some are posted.
const ROWS = 2_000

describe('whatever a fault point is tried for, each context settles once and starts at most once:', () => {
  test.each([
    // What has run but was not heard of is lost.
    ['lane:before-reply crash', MANY, ['WORKER_CRASHED']],
    ['lane:before-reply throw', MANY, ['RESULT_NOT_SERIALIZABLE', 'COMPONENT_FAILED', 'WORKER_CRASHED']],
    ['lane:before-reply hang', FEW, ['TIMEOUT']],
    // What was heard of is not.
    ['lane:after-reply crash', MANY, []],
    ['lane:after-reply throw', MANY, []],
    ['lane:after-reply hang', [1, 2], []],
    // Nothing starts in a thread that is told to end before it has been sent anything; later, one context may have.
    ['supervisor:before-post', MANY, ['WORKER_CRASHED']],
    ['supervisor:after-post', MANY, ['WORKER_CRASHED']],
  ] as const)('%s', { timeout: 120_000 }, async (fault, batches, expected) => {
    const runs = await sweep(fault, batches)
    const sent = batches.reduce((sum, size) => sum + size, 0)
    expect(runs.length).toBeGreaterThanOrEqual(fault.startsWith('lane') ? sent : batches.length)
    for (const { codes } of runs) for (const code of codes) expect(expected).toContain(code)
  })

  test.each([
    ['lane:before-reply crash', [10], ['WORKER_CRASHED']],
    ['lane:before-reply throw', [10], ['COMPONENT_FAILED', 'RESULT_NOT_SERIALIZABLE', 'WORKER_CRASHED']],
    ['lane:before-reply hang', [5], ['TIMEOUT']],
    ['lane:after-reply crash', [10], []],
    ['lane:after-reply throw', [10], []],
    ['lane:after-reply hang', [3], []],
  ] as const)('%s, of results that leave as rows', { timeout: 120_000 }, async (fault, batches, expected) => {
    const runs = await sweep(fault, batches, ROWS)
    expect(runs.length).toBeGreaterThanOrEqual(batches[0])
    for (const { codes } of runs) for (const code of codes) expect(expected).toContain(code)
  })

  test.each(['supervisor:before-drain', 'supervisor:after-drain'])('%s, as the supervisor closes', async (fault) => {
    expect(await sweep(fault, FEW)).toHaveLength(1)
  })

  test.each(['supervisor:before-drain', 'supervisor:after-drain'])('%s, as workers are recycled', async (fault) => {
    const runs = await sweep(fault, [4, 4, 4], 0, { recycle_after: 4 })
    // Each worker that has run four is told to end, and the last one as the supervisor closes.
    expect(runs.length).toBeGreaterThanOrEqual(3)
    expect(runs.flatMap(({ codes }) => codes)).toEqual([])
  })

  test.each(['crash', 'throw'])(
    'lane:start %s: of the first lane the start fails, a later one is tried again',
    async (action) => {
      process.env['TROUPE_FAULT'] = `lane:start:1:${action}@own`
      await inCleanProcess(async () => {
        const start = Supervisor.start(config, { root: 'test/fixtures', logLevel: 'silent' })
        await expect(start).rejects.toMatchObject({ code: 'WORKER_CRASHED', outcome: 'not_started' })
      })
      expect(await runWith(`lane:start:2:${action}`, [4, 4], 0, 2)).toEqual({ reached: 3, codes: [] })
      expect(await runWith(`lane:start:3:${action}`, [4, 4], 0, 2)).toEqual({ reached: 2, codes: [] })
    },
  )
})

test.each([
  'lane:before-reply',
  'lane:no-such:1',
  'lane:start:0',
  'lane:start:1:hang',
  'supervisor:after-post:1:throw',
])('a fault that is none, %s, is refused at the start', async (fault) => {
  process.env['TROUPE_FAULT'] = fault
  await expect(Supervisor.start(config, { root: 'test/fixtures' })).rejects.toThrow(/^TROUPE_FAULT names no fault: /)
})
