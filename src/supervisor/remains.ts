import type { Execution } from './execution.ts'
import { hasStarted } from './has-started.ts'
import type { Seat } from './seat.ts'

/** What a lane left behind when it was gone. */
export interface Remains {
  /** The context that ran, or had run without its outcome having arrived. */
  readonly started: readonly Execution[]
  /** Contexts that never started, in order. */
  readonly notStarted: readonly Execution[]
}

/** Sorts what was in flight on a lane that is gone, by the mark. */
export function remainsOf(seat: Seat): Remains {
  const started: Execution[] = []
  const notStarted: Execution[] = []
  for (const execution of seat.all()) {
    if (seat.lane && hasStarted(seat.lane, execution)) started.push(execution)
    else notStarted.push(execution)
  }
  return { started, notStarted }
}
