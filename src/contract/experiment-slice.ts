import type { RoutedContext } from './context.ts'
import type { ExperimentPlan } from './experiment-plan.ts'

/** The field by which a context says which experiment it is, or is a part of. Components never see it. */
export const EXPERIMENT = 'troupe:experiment'

/** Shared values whose names begin so are experiments; no program's own may. */
export const EXPERIMENT_SHARE = 'troupe:experiment/'

/** What every worker knows of an experiment: shared once, under its key. */
export interface ExperimentSetup {
  readonly plan: ExperimentPlan
  readonly digest: string
  /** The columns of its files, in shared memory, by name: only its own runs see them. */
  readonly columns: ReadonlyMap<string, Float64Array>
  /** What `prepare` gave, once it has. */
  readonly prepared?: unknown
  /** How many of the slowest runs of each block to tell; timing them costs something. */
  readonly slowest: number
}

/** A context that stands for the runs from `from` to below `to`; without them, for itself: one run, or the preparation. */
export type SliceContext = RoutedContext & {
  readonly [EXPERIMENT]: string
  readonly from?: number
  readonly to?: number
  /** Milliseconds after which no further run is begun. */
  readonly budget_ms?: number
}
