import type { SkippedMessage } from '../contract/messages.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Execution } from './execution.ts'
import { type OutcomeMessage, outcomeOf } from './lane-outcome.ts'
import type { Seat } from './seat.ts'
import { endUnreadable } from './unreadable-outcomes.ts'

/** What arrivals need of the pool around them. */
export interface ArrivalsHost {
  /** An execution ran to an end. */
  ended(execution: Execution, outcome: Outcome): void
  /** An outcome came that nobody waits for. */
  late(): void
  putBack(execution: Execution): void
  /** A lane may have room now. */
  dispatch(): void
}

/** Takes outcomes as they come from the lanes, as rows or by post, and in the order in which their contexts ran. */
export class Arrivals {
  readonly #host: ArrivalsHost

  constructor(host: ArrivalsHost) {
    this.#host = host
  }

  /** Takes the results that a lane has left as rows. */
  collect(seat: Seat): void {
    const taken = seat.takeRows(performance.now(), (execution, value) => {
      if (execution) this.#host.ended(execution, { ok: true, value })
      else this.#host.late()
    })
    if (taken > 0) this.#host.dispatch()
  }

  /** Takes an outcome that was posted, and before it the rows that no message has told of. */
  outcome(seat: Seat, message: OutcomeMessage): void {
    this.collect(seat)
    if (seat.unreadable > 0) this.unreadable(seat, (message.sequence - 1) | 0)
    const { execution } = seat.finish(message.sequence, performance.now())
    if (message.ms !== undefined) execution?.service.meter.ran(1, message.ms)
    if (execution) this.#host.ended(execution, outcomeOf(execution, message))
    else this.#host.late()
    this.#host.dispatch()
  }

  /** A context that was taken back says so. Where that came to nothing, since it had started, it goes back now. */
  skipped(seat: Seat, message: SkippedMessage): void {
    this.collect(seat)
    if (seat.unreadable > 0) this.unreadable(seat, (message.sequence - 1) | 0)
    const { known, execution } = seat.finish(message.sequence, performance.now())
    if (execution) this.#host.putBack(execution)
    if (!known) this.#host.late()
    this.#host.dispatch()
  }

  /** The lane is past `finished`: what is missing up to there came and could not be read. */
  unreadable(seat: Seat, finished: number): void {
    this.collect(seat)
    endUnreadable(seat, finished, (execution, outcome) => this.#host.ended(execution, outcome))
    this.#host.dispatch()
  }
}
