import type { Execution } from './execution.ts'
import type { Seat } from './seat.ts'

/** Notes which run of a slice was under way, while its lane's memory still says so; of no interest to other executions. */
export function noteTurn(seat: Seat, execution: Execution, turn = seat.lane?.marks.turnNow()): void {
  if (execution.turn !== undefined && turn !== undefined) execution.turn = turn
}
