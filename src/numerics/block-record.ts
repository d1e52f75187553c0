import type { RunFailure } from '../contract/experiment-summary.ts'
import type { AccumulatorRecord } from './accumulator.ts'

/** A run and the milliseconds it took. */
export interface SlowRun {
  readonly run: number
  readonly ms: number
}

/** What one block came to: what crosses the thread, and what the journal keeps. */
export interface BlockRecord {
  readonly index: number
  /** In the order of the experiment's metrics. */
  readonly metrics: readonly AccumulatorRecord[]
  /** Runs that the block holds. */
  readonly runs: number
  /** Those of them that failed, in the order of runs. */
  readonly failures: readonly RunFailure[]
  /** Where rows are wanted or a run failed: by metric, the value of each run; NaN for one that failed. */
  readonly rows?: readonly Float64Array[]
  /** Where they are wanted: its slowest runs, the slowest first. They depend on the machine. */
  readonly slowest?: readonly SlowRun[]
}

/** What a slice of runs came to: records of the blocks, or parts of blocks, up to below run `to`. */
export interface SliceRecord {
  readonly to: number
  /** About how long it took. */
  readonly ms: number
  readonly records: readonly BlockRecord[]
}
