import type { ExperimentPlan } from '../../../src/contract/experiment-plan.ts'
import type { RunFailure } from '../../../src/contract/experiment-summary.ts'
import type { BlockRecord } from '../../../src/numerics/block-record.ts'
import { BlockTally } from '../../../src/numerics/block-tally.ts'
import { blockAt, blockOfRun } from '../../../src/numerics/run-layout.ts'

/** A plan of one metric with quantiles and one without; the layout's fields are given. */
export function smallPlan(layout: Partial<ExperimentPlan['layout']> = {}, own: Partial<ExperimentPlan> = {}) {
  const points = layout.points ?? 3
  return {
    serviceId: 'trial',
    seed: 1,
    shared: {},
    data: {},
    design: { method: 'list', points: Array.from({ length: points }, (_, x) => ({ x })) },
    layout: { replications: 20, blockSize: 4, antithetic: false, commonRandomNumbers: false, ...layout, points },
    metrics: [
      {
        name: 'x',
        statistics: [
          { name: 'mean', kind: 'mean' },
          { name: 'p50', kind: 'quantile', probability: 0.5 },
        ],
      },
      { name: 'y', statistics: [{ name: 'sd', kind: 'sd' }] },
    ],
    stop: {},
    outputs: ['summary.json'],
    ...own,
  } as const satisfies ExperimentPlan
}

/** The result of a run, which its number alone decides. */
export function resultOf(run: number): { readonly x: number; readonly y: number } {
  const x = Math.sin(run * 12.9898) * 43_758.5453
  return { x: x - Math.floor(x), y: Math.cos(run) }
}

/** Some fail by themselves, and some are ended by a clock. */
function failureOf(run: number): RunFailure {
  const message = `Run ${run} fails`
  return run % 2 === 0
    ? { run, code: 'TIMEOUT', message, ended_by: 'clock' }
    : { run, code: 'COMPONENT_FAILED', message }
}

/** The blocks, or parts of them, from run `from` to below `to`, as a worker makes them; runs that `fails` fail. */
export function recordsOf(
  plan: ExperimentPlan,
  from: number,
  to: number,
  fails: (run: number) => boolean = () => false,
  tally = new BlockTally(plan),
): BlockRecord[] {
  const records: BlockRecord[] = []
  for (let run = from; run < to;) {
    const block = blockAt(plan.layout, blockOfRun(plan.layout, run))
    const end = Math.min(block.to, to)
    const isWhole = run === block.from && end === block.to
    for (; run < end; run++) {
      if (fails(run)) tally.fail(failureOf(run))
      else tally.take(resultOf(run))
    }
    records.push(tally.record(block.index, isWhole))
  }
  return records
}
