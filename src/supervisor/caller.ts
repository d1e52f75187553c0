import type { TroupeError } from '../contract/errors.ts'
import type { Outcome } from '../contract/outcome.ts'

/** Hears the outcome of an execution, with the number it was submitted under. */
export type Settle = (outcome: Outcome, index: number) => void

/** The two ends of a caller's promise: kept as they are, since a closure around them is as large as an execution. */
export type Resolve = (value: unknown) => void
export type Reject = (error: TroupeError) => void

/** Tells a caller what became of its context: one that listens for outcomes, or the two ends of its promise. */
export function tellCaller(outcome: Outcome, settle: Settle | Resolve, index: number | Reject): void {
  if (typeof index === 'number') (settle as Settle)(outcome, index)
  else if (outcome.ok) (settle as Resolve)(outcome.value)
  else index(outcome.error)
}
