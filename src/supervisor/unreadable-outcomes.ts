import type { Outcome } from '../contract/outcome.ts'
import type { Execution } from './execution.ts'
import type { Seat } from './seat.ts'

/**
 * Ends the contexts up to `finished` whose outcome was posted and could not be read. Outcomes come in order, so one that
 * is missing although the lane is past it was among what could not be read.
 */
export function endUnreadable(
  seat: Seat,
  finished: number,
  end: (execution: Execution, outcome: Outcome) => void,
): void {
  while (seat.unreadable > 0 && seat.inFlight > 0 && ((finished - seat.head) | 0) >= 0) {
    const { known, execution } = seat.finish(seat.head, performance.now())
    if (!known) return
    seat.unreadable--
    if (!execution) continue
    const message = `Result of ${execution.service.plan.id} cannot be read: it is nested too deeply; return flatter values`
    const details = { path: 'result', what: 'nested too deeply' }
    end(execution, { ok: false, error: execution.error('RESULT_NOT_SERIALIZABLE', message, { details }) })
  }
}
