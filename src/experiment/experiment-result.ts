import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import type { ExperimentSummary, RunFailure } from '../contract/experiment-summary.ts'
import type { SketchRecord } from '../numerics/quantile-sketch.ts'
import type { SlowRun } from '../numerics/block-record.ts'

/** How the interval of a metric tightened: after so many runs, half its width at 95 % of confidence. */
export interface TrailStep {
  readonly runs: number
  readonly mean: number
  readonly halfWidth: number
}

/** What is known of one metric at one point beyond its summary, for plots. */
export interface MetricPicture {
  readonly point: number
  readonly metric: string
  readonly trail: readonly TrailStep[]
  readonly sketch: SketchRecord | undefined
}

/** All that outputs are written from, but the rows of the runs. */
export interface ExperimentResult {
  readonly plan: ExperimentPlan
  readonly summary: ExperimentSummary
  /** Of the first points, at most some dozens. */
  readonly pictures: readonly MetricPicture[]
  readonly slowest: readonly SlowRun[]
  /** The first failed runs, in their order. */
  readonly failures: readonly RunFailure[]
}
