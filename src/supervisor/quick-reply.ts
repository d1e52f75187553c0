import { Backoff } from '../kernel/backoff.ts'
import type { Seat } from './seat.ts'
import type { Service } from './service.ts'

// A context that takes no longer is back before the event loop could be told of it.
const QUICK_MS = 0.01
// About what waiting for the event loop would cost the main thread anyway.
const LIMIT_MS = 0.03

/**
 * Waits on the spot for the result of a quick context that runs alone: a caller that awaits one context after another
 * then has it in a few microseconds, where going to the event loop and back takes tens of them. Where that was in vain
 * it is not tried for a while.
 */
export class QuickReply {
  readonly #backoff = new Backoff()

  /** Whether to wait for what is about to be sent to `seat`, when nothing else waits or is in flight. */
  expects(service: Service, seat: Seat): boolean {
    if (seat.inFlight > 0 || (service.costMs ?? Infinity) > QUICK_MS || !this.#backoff.isDue) return false
    // Before the context is there, so that the lane need not say that it has run it.
    seat.lane!.marks.listen(true)
    return true
  }

  /** Waits; whether there is a result to be collected or not, the lane speaks again after this. */
  await(seat: Seat): void {
    const { lane, head } = seat
    if (lane!.awaitRow(head, LIMIT_MS)) this.#backoff.hit()
    else this.#backoff.miss()
    lane!.marks.listen(false)
  }
}
