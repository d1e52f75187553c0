import type { Seat } from './seat.ts'

/** Ends a seat's lane after what it has in hand. */
export function endWell(seat: Seat): void {
  seat.ending = true
  // Held, since disposing of components may take longer than anything else keeps the process alive.
  seat.lane?.hold(true)
  seat.lane?.drain()
}
