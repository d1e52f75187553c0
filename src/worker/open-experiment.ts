import type { RoutedContext } from '../contract/context.ts'
import type { ExperimentSetup } from '../contract/experiment-slice.ts'
import type { SharedValues } from '../kernel/shared-values.ts'
import type { BlockTally } from '../numerics/block-tally.ts'

/** An experiment as one lane knows it. */
export interface OpenExperiment {
  readonly setup: ExperimentSetup
  readonly contextOf: (run: number) => RoutedContext
  readonly tally: BlockTally
  /** What its runs can read by name: its own columns before what the program has shared. */
  readonly shared: SharedValues
}
