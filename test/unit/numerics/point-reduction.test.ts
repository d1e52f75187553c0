import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MetricPlan, RunLayout } from '../../../src/contract/experiment-plan.ts'
import { Accumulator } from '../../../src/numerics/accumulator.ts'
import type { BlockRecord } from '../../../src/numerics/block-record.ts'
import { PointReduction } from '../../../src/numerics/point-reduction.ts'
import { streamOfSeed } from '../../../src/numerics/random-stream.ts'
import { isSatisfied } from '../../../src/numerics/stopping-rule.ts'

const layout: RunLayout = { points: 1, replications: 200, blockSize: 10, antithetic: false, commonRandomNumbers: false }
const metrics: readonly MetricPlan[] = [
  { name: 'x', statistics: [{ name: 'p50', kind: 'quantile', probability: 0.5 }] },
  { name: 'y', statistics: [{ name: 'mean', kind: 'mean' }] },
]
const stop = { metric: 'x', confidence: 0.95, minReplications: 20, halfWidth: 0.25, relative: false }

const failures = [0, 1].map((run) => ({ run, code: 'COMPONENT_FAILED' as const, message: 'fails' }))

/** Twenty blocks of ten normal values and their squares. */
function blocksOf(seed: number): BlockRecord[] {
  return Array.from({ length: 20 }, (_, block) => {
    const [x, y] = [new Accumulator(true), new Accumulator(false)]
    for (const value of streamOfSeed(seed, block).normals(new Float64Array(10))) {
      x.add(value)
      y.add(value * value)
    }
    return { index: block, metrics: [x.toRecord(), y.toRecord()], runs: 10, failures: failures.slice(0, block % 3) }
  })
}

function outcome(reduction: PointReduction) {
  const { state, blocks, runs, failed } = reduction
  return { state, blocks, runs, failed, records: reduction.metrics.map((metric) => metric.toRecord()) }
}

function reduce(blocks: readonly BlockRecord[], order: readonly number[], rule: typeof stop | undefined) {
  const reduction = new PointReduction({ layout, metrics, stop: rule ? { interval: rule } : {}, outputs: [] })
  for (const ordinal of order) reduction.take(ordinal, blocks[ordinal]!)
  return outcome(reduction)
}

const inOrder = Array.from({ length: 20 }, (_, ordinal) => ordinal)
const anyOrder = fc.shuffledSubarray(inOrder, { minLength: 20, maxLength: 20 })

describe('PointReduction', () => {
  test('comes to the same, to the last bit, in whatever order blocks arrive', () => {
    fc.assert(
      fc.property(anyOrder, fc.integer({ min: 0, max: 1000 }), fc.boolean(), (order, seed, stops) => {
        const blocks = blocksOf(seed)
        const rule = stops ? stop : undefined
        expect(reduce(blocks, order, rule)).toEqual(reduce(blocks, inOrder, rule))
      }),
    )
  })

  test('stops at the first block after which the rule holds, and takes nothing from beyond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), anyOrder, (seed, order) => {
        const blocks = blocksOf(seed)
        const model = new Accumulator(true)
        let expected = 0
        while (expected < 20) {
          model.mergeRecord(blocks[expected]!.metrics[0]!)
          expected++
          if (isSatisfied(stop, model.moments, 10 * expected)) break
        }
        const found = reduce(blocks, order, stop)
        expect(found.blocks).toBe(expected)
        expect(found.runs).toBe(10 * expected)
        expect(found.records[0]).toEqual(model.toRecord())
      }),
    )
  })

  test('is exhausted when the last block is in, and open before', () => {
    const blocks = blocksOf(1)
    const reduction = new PointReduction({
      layout,
      metrics,
      stop: { interval: { ...stop, halfWidth: 1e-9 } },
      outputs: [],
    })
    for (const ordinal of inOrder.slice(0, 19)) reduction.take(ordinal, blocks[ordinal]!)
    expect(reduction.state).toBe('open')
    reduction.take(19, blocks[19]!)
    expect(outcome(reduction)).toMatchObject({ state: 'exhausted', blocks: 20, runs: 200, failed: 19 })
  })

  test('refuses a block twice, merged or waiting, and one that there is not', () => {
    const blocks = blocksOf(1)
    const reduction = new PointReduction({ layout, metrics, stop: {}, outputs: [] })
    reduction.take(0, blocks[0]!)
    reduction.take(5, blocks[5]!)
    for (const twice of [0, 5]) expect(() => reduction.take(twice, blocks[twice]!)).toThrow('taken before')
    for (const wrong of [-1, 20, 0.5]) expect(() => reduction.take(wrong, blocks[0]!)).toThrow('blocks 0 to 19')
  })
})
