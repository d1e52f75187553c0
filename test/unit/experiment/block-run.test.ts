import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ExperimentHost, SliceOutcome } from '../../../src/contract/experiment-host.ts'
import type { ExperimentPlan } from '../../../src/contract/experiment-plan.ts'
import type { SliceContext } from '../../../src/contract/experiment-slice.ts'
import type { RunFailure } from '../../../src/contract/experiment-summary.ts'
import { type ErrorCode, TroupeError, errorCodes } from '../../../src/contract/errors.ts'
import { BlockRun } from '../../../src/experiment/block-run.ts'
import { ExperimentReduction } from '../../../src/experiment/experiment-reduction.ts'
import { SliceQueue } from '../../../src/experiment/slice-queue.ts'
import type { BlockRecord } from '../../../src/numerics/block-record.ts'
import { recordsOf, smallPlan } from './small-plan.ts'

type Answer = (from: number, to: number) => SliceOutcome | Promise<SliceOutcome>

const never = new AbortController().signal
// The original, for where time is the test's.
const setImmediateNow = setImmediate

function failed(code: ErrorCode, turn = 0, fields: object = {}): SliceOutcome {
  return { ok: false, error: new TroupeError(code, 'It failed', fields), turn }
}

function came(plan: ExperimentPlan, from: number, to: number, fails?: (run: number) => boolean): SliceOutcome {
  return { ok: true, value: { to, ms: 1, records: recordsOf(plan, from, to, fails) } }
}

/** Runs all blocks of a plan on a host that answers as it is told; what was taken, and how it ended. */
function start(plan: ExperimentPlan, answer: Answer, options: { workers?: number; kill?: AbortSignal } = {}) {
  const { workers = 2, kill = never } = options
  const reduction = new ExperimentReduction(plan)
  const queue = new SliceQueue(plan.layout, reduction, 64, new Set())
  const taken: BlockRecord[] = []
  const told: unknown[] = []
  const host = {
    runSlice: async ({ from = 0, to = 0 }: SliceContext) => await answer(from, to),
  } as unknown as ExperimentHost
  const run = new BlockRun({
    host,
    plan,
    digest: 'd',
    key: 'k',
    queue,
    workers,
    take: (block) => {
      taken.push(block)
      reduction.take(block)
      return undefined
    },
    failed: (error) => void told.push(error),
  })
  return { ended: run.run(never, kill), taken, told, reduction }
}

/** The blocks of all runs, of which those in `lost` failed. */
function whole(plan: ExperimentPlan, lost: ReadonlyMap<number, object> = new Map()): BlockRecord[] {
  const { points, replications } = plan.layout
  return recordsOf(plan, 0, points * replications, (run) => lost.has(run)).map((record) => ({
    ...record,
    failures: record.failures.map(({ run }) => ({ run, ...lost.get(run) }) as RunFailure),
  }))
}

const byIndex = (one: BlockRecord, other: BlockRecord) => one.index - other.index

describe('BlockRun', () => {
  const plan = smallPlan()

  test('comes to the same blocks however slices end: cut short, timed out, crashed, refused, in any order', async () => {
    const ending = fc.constantFrom('all', 'some', 'timeout', 'crash', 'never started') as fc.Arbitrary<string>
    const script = fc.array(
      fc.record({ ending, share: fc.double({ min: 0, max: 1, noNaN: true }), turns: fc.nat(5) }),
      {
        maxLength: 60,
      },
    )
    await fc.assert(
      fc.asyncProperty(script, fc.integer({ min: 1, max: 4 }), async (steps, workers) => {
        const crashes = new Map<number, number>()
        const lost = new Map<number, object>()
        let at = 0
        const { ended, taken, reduction } = start(
          plan,
          async (from, to) => {
            const { ending: how, share, turns } = steps[at++] ?? { ending: 'all', share: 0, turns: 0 }
            for (let turn = 0; turn < turns; turn++) await Promise.resolve()
            const turn = Math.min(Math.floor(share * (to - from)), to - from - 1)
            const run = from + turn
            if (how === 'some') return came(plan, from, run + 1)
            if (how === 'never started') return failed('WORKER_CRASHED', turn, { outcome: 'not_started' })
            if (how === 'timeout') {
              lost.set(run, { code: 'TIMEOUT', message: 'It failed', ended_by: 'clock' })
              return failed('TIMEOUT', turn)
            }
            if (how === 'crash') {
              crashes.set(run, (crashes.get(run) ?? 0) + 1)
              if (crashes.get(run) === 2) lost.set(run, { code: 'WORKER_CRASHED', message: 'It failed' })
              return failed('WORKER_CRASHED', turn)
            }
            return came(plan, from, to)
          },
          { workers },
        )
        await ended
        expect(taken.toSorted(byIndex)).toEqual(whole(plan, lost))
        expect(reduction.isComplete).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('says that memory ended a run that took down two workers by it', async () => {
    const oom = () => failed('WORKER_CRASHED', 0, { details: { reason: 'oom' } })
    const { ended, taken } = start(smallPlan({ points: 1 }), (from, to) => (from === 0 ? oom() : came(plan, from, to)))
    await ended
    expect(taken.toSorted(byIndex)[0]!.failures).toEqual([
      { run: 0, code: 'WORKER_CRASHED', message: 'It failed', ended_by: 'memory' },
    ])
  })

  const retried = new Set(['TIMEOUT', 'WORKER_CRASHED', 'SERVICE_UNAVAILABLE', 'CIRCUIT_OPEN'])
  const fatal = (Object.keys(errorCodes) as ErrorCode[]).filter((code) => !retried.has(code))

  test.each(fatal)('ends with %s, which no other try would change, and begins nothing more', async (code) => {
    let begun = 0
    const { ended, told } = start(plan, (from, to) => (++begun === 3 ? failed(code) : came(plan, from, to)))
    await expect(ended).rejects.toMatchObject({ code })
    expect(told).toMatchObject([{ code }])
    // What the four takers had begun by then.
    expect(begun).toBeLessThanOrEqual(6)
  })

  test('keeps what others had in hand as one slice met its end', async () => {
    let release: (() => void) | undefined
    const { ended, taken, told } = start(
      plan,
      async (from, to) => {
        if (from === 0) return failed('COMPONENT_LOAD_FAILED')
        await new Promise<void>((resolve) => (release = resolve))
        return came(plan, from, to)
      },
      { workers: 1 },
    )
    await vi.waitFor(() => expect(told).toHaveLength(1))
    release!()
    await expect(ended).rejects.toMatchObject({ code: 'COMPONENT_LOAD_FAILED' })
    expect(taken.map(({ index }) => index)).toEqual([1])
  })

  describe('where its service is refused,', () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())

    test.each(['SERVICE_UNAVAILABLE', 'CIRCUIT_OPEN'] as const)('tries again until it is not: %s', async (code) => {
      const until = performance.now() + 15_000
      const { ended, taken } = start(plan, (from, to) =>
        performance.now() < until ? failed(code) : came(plan, from, to),
      )
      await vi.advanceTimersByTimeAsync(17_000)
      await ended
      expect(taken.toSorted(byIndex)).toEqual(whole(plan))
    })

    test.each([
      ['after 12 s where it took down a worker and nothing has succeeded', 12_000, ['crash']],
      ['after half a minute where something has', 30_000, ['crash', 'value']],
      ['after half a minute where nothing of its own was let in', 30_000, []],
    ] as const)('gives up %s, and not before', async (_when, patienceMs, earlier) => {
      let tries = 0
      let isOver = false
      const first = [...earlier]
      const { ended } = start(plan, async (from, to) => {
        const one = first.shift()
        if (one === 'value') return came(plan, from, to)
        if (one === 'crash') return failed('WORKER_CRASHED')
        tries++
        return failed('SERVICE_UNAVAILABLE')
      })
      const rejected = expect(ended.finally(() => (isOver = true))).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
      })
      await vi.advanceTimersByTimeAsync(patienceMs - 1_000)
      // Between two tries it waits by a clock that is not the test's.
      while (tries < 4) await new Promise((resolve) => setImmediateNow(resolve))
      expect(isOver).toBe(false)
      await vi.advanceTimersByTimeAsync(2_000)
      await rejected
      expect(tries).toBeLessThanOrEqual(12)
    })

    test('does not give up while a slice of it runs, however long that takes', async () => {
      let isProbed = false
      let isTrusted = false
      const { ended, taken } = start(plan, async (from, to) => {
        if (isProbed && !isTrusted) return failed('SERVICE_UNAVAILABLE')
        isProbed = true
        if (!isTrusted) await new Promise((resolve) => setTimeout(resolve, 300_000))
        isTrusted = true
        return came(plan, from, to)
      })
      await vi.advanceTimersByTimeAsync(299_000)
      expect(taken).toEqual([])
      await vi.advanceTimersByTimeAsync(2_000)
      await ended
      expect(taken.toSorted(byIndex)).toEqual(whole(plan))
    })

    test('stops waiting as soon as it is cut off', async () => {
      const kill = new AbortController()
      const stop = new AbortController()
      const reduction = new ExperimentReduction(plan)
      const queue = new SliceQueue(plan.layout, reduction, 64, new Set())
      const host = { runSlice: async () => failed('SERVICE_UNAVAILABLE') } as unknown as ExperimentHost
      const parts = { host, plan, digest: 'd', key: 'k', queue, workers: 1, take: () => undefined, failed: () => {} }
      const ended = new BlockRun(parts).run(stop.signal, kill.signal)
      await vi.advanceTimersByTimeAsync(10)
      stop.abort()
      kill.abort()
      await ended
    })
  })
})
