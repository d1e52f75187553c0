import type { ErrorCode } from './errors.ts'

// What an experiment came to, as it stands in summary.json. Names are those of the file.

/** A run that came to no numbers. */
export interface RunFailure {
  readonly run: number
  readonly code: ErrorCode
  readonly message: string
  /** Where it depended on the machine: what ended it. */
  readonly ended_by?: 'clock' | 'memory'
}

/** Estimates of one metric at one point; which there are is the experiment's choice. What too few values leave undefined is null. */
export interface MetricSummary {
  /** Independent values: runs that came to a number, or antithetic pairs that did. */
  readonly n: number
  readonly [statistic: string]: number | null | readonly [low: number | null, high: number | null]
}

/** One point of the design. */
export interface PointSummary {
  readonly point: number
  readonly parameters: Readonly<Record<string, unknown>>
  /** Runs that count, failed ones included. */
  readonly runs: number
  readonly failed: number
  /** Why it has no more: the stopping rule, all replications, or the end of the whole experiment. */
  readonly stopped: 'interval' | 'replications' | 'experiment'
  readonly metrics: Readonly<Record<string, MetricSummary>>
}

/** Where an experiment ended, and why. */
export interface StopReport {
  readonly reason: 'complete' | 'budget' | 'max_failures'
  /** The first block, counted over all points, that does not count. */
  readonly block: number
  readonly elapsed_ms: number
}

/** What an experiment came to. */
export interface ExperimentSummary {
  readonly experiment: {
    readonly name: string
    readonly service_id: string
    readonly seed: number
    readonly design: string
    readonly points: number
    readonly replications: number
    readonly block_size: number
    readonly antithetic: boolean
    readonly common_random_numbers: boolean
    /** How far quantiles may be from those of the runs, or of the antithetic pairs, as a share of them. */
    readonly quantile_accuracy: number
  }
  /** The SHA-256 of the experiment, the files that it names, the configuration of its services and their components. */
  readonly digest: string
  /** The SHA-256 of `points`: the same for the same digest, however it was computed. */
  readonly numbers: string
  readonly stopped_at: StopReport
  readonly points: readonly PointSummary[]
  readonly failures: {
    readonly count: number
    /** The first of them, in the order of runs. */
    readonly listed: readonly RunFailure[]
  }
  /** Whether the same digest gives the same numbers on any machine: no clock and no memory ended a run, and no budget all. */
  readonly reproducible: boolean
  /** What makes it not so. */
  readonly irreproducible: readonly string[]
  readonly prepared?: unknown
  readonly environment: {
    readonly troupe: string
    readonly node: string
    readonly platform: string
    readonly cpus: number
    readonly workers: number
  }
}
