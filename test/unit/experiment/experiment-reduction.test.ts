import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ExperimentPlan } from '../../../src/contract/experiment-plan.ts'
import { BlockParts } from '../../../src/experiment/block-parts.ts'
import { countedBlocks } from '../../../src/experiment/counted-blocks.ts'
import { ExperimentReduction } from '../../../src/experiment/experiment-reduction.ts'
import { FailedRuns } from '../../../src/experiment/failed-runs.ts'
import type { JournalEntry } from '../../../src/experiment/journal/journal-entry.ts'
import { type Slice, SliceQueue } from '../../../src/experiment/slice-queue.ts'
import type { BlockRecord } from '../../../src/numerics/block-record.ts'
import { BlockTally } from '../../../src/numerics/block-tally.ts'
import { blockAt, blocksPerPoint } from '../../../src/numerics/run-layout.ts'
import { recordsOf, smallPlan } from './small-plan.ts'

const fails = (run: number) => run % 7 === 3

/** Plans of all kinds: with and without a stopping rule, a bound of failures, pairs, rows. */
const plans: fc.Arbitrary<ExperimentPlan> = fc
  .record({
    points: fc.integer({ min: 1, max: 5 }),
    pairs: fc.integer({ min: 1, max: 15 }),
    halfBlock: fc.integer({ min: 1, max: 6 }),
    antithetic: fc.boolean(),
    stops: fc.boolean(),
    maxFailures: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    rows: fc.boolean(),
  })
  .map(({ points, pairs, halfBlock, antithetic, stops, maxFailures, rows }) => {
    const interval = { metric: 'x', confidence: 0.9, minReplications: 6, halfWidth: 0.22, relative: false }
    return smallPlan(
      { points, replications: 2 * pairs, blockSize: 2 * halfBlock, antithetic },
      {
        stop: stops ? { interval } : {},
        ...(maxFailures !== undefined && { maxFailures }),
        outputs: rows ? ['summary.json', 'runs.csv'] : ['summary.json'],
      },
    )
  })

function runsOf({ layout }: ExperimentPlan): number {
  return layout.points * layout.replications
}

/** All that a reduction says in the end. */
function said(reduction: ExperimentReduction, plan: ExperimentPlan) {
  const { points, cut, block, failed, listed, isComplete, endedBy } = reduction
  const counted = Array.from({ length: plan.layout.points }, (_, point) => reduction.countedBlocks(point))
  return {
    points,
    cut,
    block,
    isComplete,
    counted,
    ...(cut === undefined && !isComplete ? {} : { failed, listed, endedBy }),
  }
}

/** What comes of the blocks in their order. */
function reference(plan: ExperimentPlan) {
  const reduction = new ExperimentReduction(plan)
  for (const record of recordsOf(plan, 0, runsOf(plan), fails)) reduction.take(record)
  return said(reduction, plan)
}

describe('SliceQueue and ExperimentReduction', () => {
  test('give each block once, in whatever sizes and order slices come back, and come to the same', () => {
    const steps = fc.array(
      fc.record({
        take: fc.boolean(),
        size: fc.nat(40),
        which: fc.nat(20),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(plans, steps, fc.integer({ min: 1, max: 30 }), (plan, script, window) => {
        const reduction = new ExperimentReduction(plan)
        const queue = new SliceQueue(plan.layout, reduction, window, new Set())
        const parts = new BlockParts(plan)
        const inHand: Slice[] = []
        const given = new Set<number>()
        const isOver = () => reduction.isComplete || reduction.cut !== undefined
        const begin = (size: number) => {
          const slice = queue.next(size)
          if (slice !== undefined) inHand.push(slice)
          return slice !== undefined
        }
        const end = (which: number, share: number) => {
          const [slice] = inHand.splice(which % inHand.length, 1)
          const to = Math.min(slice!.to, slice!.from + Math.max(1, Math.ceil(share * (slice!.to - slice!.from))))
          // Sometimes it comes back as it was.
          if (share > 0.9) return queue.giveBack([slice!])
          queue.giveBack([{ from: to, to: slice!.to }])
          let { from } = slice!
          for (const record of recordsOf(plan, from, to, fails)) {
            const whole = record.metrics.length > 0 ? record : parts.add(from, record)
            from += record.runs
            if (whole === undefined) continue
            expect(given.has(whole.index), `block ${whole.index} twice`).toBe(false)
            given.add(whole.index)
            expect(whole.index).toBeLessThanOrEqual(reduction.block + window + blocksPerPoint(plan.layout))
            reduction.take(whole)
          }
        }
        for (const { take, size, which, share } of script) {
          if (isOver()) break
          if (take || inHand.length === 0) begin(size)
          else end(which, share)
        }
        // From here on all goes well: it has to come to an end.
        while (!isOver()) {
          if (inHand.length > 0) end(0, 0.8)
          else expect(begin(5), 'nothing to do, and not at the end').toBe(true)
        }
        expect(said(reduction, plan)).toEqual(reference(plan))
      }),
      { numRuns: 500 },
    )
  })

  test('say where too many failed, however much was computed beyond', () => {
    const plan = smallPlan({ points: 3 }, { maxFailures: 5 })
    // 3, 10, 17 in the first point, 24, 31 in the second: the block of run 31 is the last.
    expect(reference(plan)).toMatchObject({ cut: 8, failed: 5, listed: [3, 10, 17, 24, 31].map((run) => ({ run })) })
  })

  test('look no further ahead than the window', () => {
    const plan = smallPlan({ points: 1, replications: 400, blockSize: 4 })
    const reduction = new ExperimentReduction(plan)
    const queue = new SliceQueue(plan.layout, reduction, 10, new Set())
    let last = 0
    for (let slice = queue.next(4); slice !== undefined; slice = queue.next(4)) last = slice.to
    expect(last).toBe(44)
    reduction.take(recordsOf(plan, 0, 4)[0]!)
    expect(queue.next(4)).toEqual({ from: 44, to: 48 })
    expect(queue.next(4)).toBeUndefined()
  })

  test('take many slices of one run back without delay', () => {
    const plan = smallPlan({ points: 1, replications: 200_000, blockSize: 4 })
    const queue = new SliceQueue(plan.layout, new ExperimentReduction(plan), 10, new Set())
    queue.giveBack(Array.from({ length: 200_000 }, (_, run) => ({ from: run, to: run + 1 })))
    const began = performance.now()
    let inOrder = 0
    for (let run = 0; run < 200_000; run++) {
      if (queue.next(1)?.from === run) inOrder++
      queue.giveBack([{ from: run, to: run }])
    }
    expect(inOrder).toBe(200_000)
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('BlockParts', () => {
  test('make of any parts of a block, in any order, what a worker makes of the whole', () => {
    fc.assert(
      fc.property(
        plans,
        fc.nat(),
        fc.infiniteStream(fc.boolean()),
        fc.infiniteStream(fc.nat()),
        (plan, nth, cuts, order) => {
          const { from, to, index } = blockAt(plan.layout, nth % (plan.layout.points * blocksPerPoint(plan.layout)))
          const parts: { readonly from: number; readonly record: BlockRecord }[] = []
          for (let run = from; run < to;) {
            let end = run + 1
            while (end < to && !cuts.next().value) end++
            // Told by its parts alone: a part that is all of it would be whole.
            parts.push({ from: run, record: { ...recordsOf(plan, run, end, fails)[0]!, metrics: [] } })
            run = end
          }
          const whole = recordsOf(plan, from, to, fails)[0]!
          if (parts.length === 1) return
          const shuffled = parts
            .map((part) => ({ part, place: order.next().value as number }))
            .toSorted((one, other) => one.place - other.place)
          const together = new BlockParts(plan)
          const made = shuffled.map(({ part }) => together.add(part.from, part.record))
          expect(made.slice(0, -1).every((one) => one === undefined)).toBe(true)
          expect(made.at(-1)).toEqual({ ...whole, index })
        },
      ),
      { numRuns: 500 },
    )
  })

  test('keep as many of the slowest runs as a part has told', () => {
    const plan = smallPlan({ points: 1, replications: 8, blockSize: 8 })
    const part = (from: number, to: number) => {
      const tally = new BlockTally(plan, 2)
      for (let run = from; run < to; run++) {
        tally.take({ x: 1, y: 1 })
        tally.took(run, (run * 5) % 8)
      }
      return { from, record: tally.record(0, false) }
    }
    const parts = new BlockParts(plan)
    const [first, second] = [part(0, 5), part(5, 8)]
    parts.add(first.from, first.record)
    expect(parts.add(second.from, second.record)!.slowest).toEqual([
      { run: 3, ms: 7 },
      { run: 6, ms: 6 },
    ])
  })
})

describe('BlockTally', () => {
  test('says which metric is no finite number, and leaves the row to be a failed one', () => {
    const tally = new BlockTally(smallPlan({ points: 1 }, { outputs: ['runs.csv'] }))
    for (const y of [NaN, Infinity, '1', 1n, null, undefined, {}]) expect(tally.take({ x: 1, y })).toBe('y')
    expect(tally.take(Object.create({ x: 1, y: 2 }) as object)).toBe('x')
    expect(tally.take(null)).toBe('x')
    tally.fail({ run: 0, code: 'METRIC_INVALID', message: '' })
    expect(tally.take({ x: 5, y: -0 })).toBeUndefined()
    const { rows, runs, failures, metrics } = tally.record(0, true)
    expect(runs).toBe(2)
    expect(failures).toHaveLength(1)
    expect([...rows![0]!]).toEqual([NaN, 5])
    expect(Object.is(rows![1]![1], -0)).toBe(true)
    expect(metrics[0]!.moments[0]).toBe(1)
  })

  test('takes the mean of a pair, and none where one of it failed', () => {
    const tally = new BlockTally(smallPlan({ points: 1, antithetic: true }))
    for (const x of [1, 3, 1e308, 1e308, 7]) tally.take({ x, y: 0 })
    tally.fail({ run: 5, code: 'COMPONENT_FAILED', message: '' })
    const { moments } = tally.record(0, true).metrics[0]!
    expect([moments[0], moments[3], moments[4]]).toEqual([2, 2, 1e308])
  })

  test('begins anew with each block, and where one was cut off', () => {
    const plan = smallPlan({ points: 1 })
    const tally = new BlockTally(plan)
    tally.take({ x: 9, y: 9 })
    tally.clear()
    const [first, second] = recordsOf(plan, 0, 8, fails, tally)
    expect([first, second]).toEqual(recordsOf(plan, 0, 8, fails))
  })
})

async function* journal(blocks: readonly BlockRecord[]): AsyncGenerator<JournalEntry> {
  for (const block of blocks) yield { type: 'block', block, elapsedMs: 0 }
  yield { type: 'end', stopped: { reason: 'complete', block: 0, elapsed_ms: 0 } }
}

test('countedBlocks yields those that count, in their order, from blocks in any', async () => {
  await fc.assert(
    fc.asyncProperty(
      plans,
      fc.infiniteStream(fc.nat(9)),
      fc.array(fc.nat(20), { minLength: 5, maxLength: 5 }),
      async (plan, jitter, counts) => {
        const perPoint = blocksPerPoint(plan.layout)
        const counted = (point: number) => counts[point]! % (perPoint + 1)
        const all = recordsOf(plan, 0, runsOf(plan))
        // Displaced by some places at most, as a run leaves them.
        const written = all
          .map((block) => ({ block, at: block.index + (jitter.next().value as number) }))
          .toSorted((one, other) => one.at - other.at)
          .map(({ block }) => block)
        const found: number[] = []
        for await (const block of countedBlocks(journal(written), plan.layout, counted)) found.push(block.index)
        const expected = all
          .map(({ index }) => index)
          .filter((index) => index % perPoint < counted(Math.floor(index / perPoint)))
        expect(found).toEqual(expected)
      },
    ),
    { numRuns: 300 },
  )
})

test('FailedRuns sets blocks with failed runs aside, and makes them whole again with those run anew', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const rows = { ...plan, outputs: ['runs.csv'] }
      const failed = new FailedRuns(rows, true)
      const kept: BlockRecord[] = []
      for (const block of recordsOf(rows, 0, runsOf(rows), fails)) if (!failed.set(block)) kept.push(block)
      const again = failed.slices().flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at))
      expect(again).toEqual(Array.from({ length: runsOf(rows) }, (_, run) => run).filter(fails))
      const parts = new BlockParts(rows)
      const made: BlockRecord[] = []
      const add = (from: number, record: BlockRecord) => {
        const whole = record.metrics.length > 0 ? record : parts.add(from, record)
        if (whole) made.push(whole)
      }
      for (const { from, part } of failed.parts()) add(from, part)
      for (const { from, to } of failed.slices()) add(from, recordsOf(rows, from, to)[0]!)
      const all = [...kept, ...made].toSorted((one, other) => one.index - other.index)
      expect(all).toEqual(recordsOf(rows, 0, runsOf(rows)))
    }),
    { numRuns: 300 },
  )
})

test('FailedRuns leaves all blocks where they are unless it is wanted', () => {
  const failed = new FailedRuns(smallPlan(), false)
  for (const block of recordsOf(smallPlan(), 0, 60, fails)) expect(failed.set(block)).toBe(false)
  expect(failed.size).toBe(0)
})
