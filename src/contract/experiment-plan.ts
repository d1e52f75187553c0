// What an experiment file says after validation and normalisation: defaults filled in, lists read, names in camelCase,
// frozen and structured-clonable, since workers build the contexts of their runs from it.

/** What a random parameter is drawn from; `integer` has both ends, `uniform` and `logUniform` the lower one. */
export type Distribution =
  | { readonly kind: 'uniform' | 'logUniform' | 'integer'; readonly from: number; readonly to: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
  | { readonly kind: 'choice'; readonly values: readonly unknown[] }

/** One parameter of a grid with all its values. */
export interface GridParameter {
  readonly name: string
  readonly values: readonly unknown[]
}

/** One parameter of a sampled design. */
export interface SampledParameter {
  readonly name: string
  readonly distribution: Distribution
}

/** Designs that sample parameters from distributions. */
export const sampledDesigns = ['random', 'latin-hypercube', 'sobol'] as const

/** The points that the parameters go through. */
export type DesignPlan =
  | { readonly method: 'grid'; readonly parameters: readonly GridParameter[] }
  | { readonly method: 'list'; readonly points: readonly Readonly<Record<string, unknown>>[] }
  | {
      readonly method: (typeof sampledDesigns)[number]
      readonly samples: number
      readonly parameters: readonly SampledParameter[]
    }

/** How the runs of an experiment are numbered and grouped. */
export interface RunLayout {
  readonly points: number
  /** The most runs of a point, both members of an antithetic pair counted; even where there are pairs. */
  readonly replications: number
  /** Runs of a block; the last one of a point may have fewer. Even where there are pairs. */
  readonly blockSize: number
  /** Whether runs 2k and 2k + 1 of a point are a pair, whose mean is the sample. */
  readonly antithetic: boolean
  /** Whether the same replication of every point draws the same random numbers. */
  readonly commonRandomNumbers: boolean
}

/** A statistic of a metric: `ci95` and `p05` have the probability 0.95 and 0.05. */
export interface StatisticPlan {
  readonly name: string
  readonly kind: 'mean' | 'sd' | 'se' | 'min' | 'max' | 'interval' | 'quantile'
  readonly probability?: number
}

/** A top-level field of the results, and what is wanted of it. */
export interface MetricPlan {
  readonly name: string
  readonly statistics: readonly StatisticPlan[]
}

/** When a point has runs enough, and when the experiment has had time enough. */
export interface StopPlan {
  /** The confidence interval that must become narrow. */
  readonly interval?: {
    readonly metric: string
    readonly confidence: number
    readonly minReplications: number
    /** Half of its width, of the metric's unit or as a share of the mean. */
    readonly halfWidth: number
    readonly relative: boolean
  }
  readonly budgetMs?: number
}

/** A whole experiment. */
export interface ExperimentPlan {
  readonly serviceId: string
  readonly seed: number
  /** Columns of CSV files that all workers share, by name; paths as they were written. */
  readonly shared: Readonly<Record<string, { readonly csv: string; readonly column: string }>>
  readonly prepare?: {
    readonly serviceId: string
    readonly data: Readonly<Record<string, unknown>>
    readonly into: string
  }
  readonly data: Readonly<Record<string, unknown>>
  readonly design: DesignPlan
  readonly layout: RunLayout
  readonly metrics: readonly MetricPlan[]
  readonly stop: StopPlan
  /** So many failed runs end the experiment. */
  readonly maxFailures?: number
  readonly outputs: readonly string[]
}
