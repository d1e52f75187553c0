import { expect, it } from 'vitest'
import type { ExperimentPlan } from '../../../src/contract/experiment-plan.ts'
import { ExperimentReduction } from '../../../src/experiment/experiment-reduction.ts'
import { SliceQueue } from '../../../src/experiment/slice-queue.ts'
import type { BlockRecord } from '../../../src/numerics/block-record.ts'

const plan: ExperimentPlan = {
  serviceId: 'model',
  seed: 1,
  shared: {},
  data: {},
  design: { method: 'list', points: [{}, {}] },
  layout: { points: 2, replications: 8, blockSize: 2, antithetic: false, commonRandomNumbers: false },
  metrics: [{ name: 'y', statistics: [{ name: 'mean', kind: 'mean' }] }],
  stop: { interval: { metric: 'y', confidence: 0.95, minReplications: 2, halfWidth: 2, relative: false } },
  outputs: ['summary.json'],
}

function block(index: number, low: number, high: number): BlockRecord {
  const mean = (low + high) / 2
  return { index, runs: 2, failures: [], metrics: [{ moments: [2, mean, (high - low) ** 2 / 2, low, high] }] }
}

it('SliceQueue gives again what a slice that came back has of points beyond one that is decided by now', () => {
  const reduction = new ExperimentReduction(plan)
  const queue = new SliceQueue(plan.layout, reduction, 64, new Set())
  expect(queue.next(2)).toEqual({ from: 0, to: 2 })
  reduction.take(block(0, -1, 1))
  expect(queue.next(2)).toEqual({ from: 2, to: 4 })
  const over = queue.next(100)!
  expect(over).toEqual({ from: 4, to: 10 })
  reduction.take(block(1, 0, 0))
  expect(reduction.frontier).toBe(1)
  queue.giveBack([over])
  expect(queue.next(100)).toEqual({ from: 8, to: 10 })
})
