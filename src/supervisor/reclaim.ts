import type { Execution } from './execution.ts'
import { hasStarted } from './has-started.ts'
import type { Seat } from './seat.ts'

/**
 * Takes back the contexts of a seat that have not started: each is flagged, and only one that then turns out not to have
 * started is taken, so none can run there any more (see `kernel/lane-marks.ts`).
 */
export function reclaim(seat: Seat): Execution[] {
  const lane = seat.lane!
  const taken: Execution[] = []
  for (let offset = seat.inFlight - 1; offset >= 0; offset--) {
    const execution = seat.owned((seat.head + offset) | 0)
    // What has handed over its buffers cannot be sent again.
    if (!execution || execution.transfers) continue
    if (hasStarted(lane, execution)) break
    lane.marks.withdraw(execution.sequence)
    // Started in between: it runs, or has seen the flag and is reported as not started.
    if (hasStarted(lane, execution)) break
    taken.push(execution)
  }
  return taken.reverse()
}
