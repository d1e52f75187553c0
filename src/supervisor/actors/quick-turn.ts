import { Backoff } from '../../kernel/backoff.ts'
import type { TurnMarks } from '../../kernel/turn-marks.ts'

// A message that takes no longer to handle is back before the event loop could be told of it.
const QUICK_MS = 0.02
const NEWEST_WEIGHS = 0.1
// About what waiting for the event loop would cost the main thread anyway.
const LIMIT_MS = 0.04
// The longest that the event loop is kept waiting while one call follows another.
const AWAY_MS = 2
const LOOKS = 16

/**
 * Waits on the spot for the reply to a quick message when no other is in flight: a caller that awaits one call after
 * another then has it sooner than the event loop would tell. Where that was in vain it is not tried for a while.
 */
export class QuickTurn {
  readonly #marks: TurnMarks
  readonly #hear: () => void
  readonly #backoff = new Backoff()
  #costMs = Infinity
  #awaySince: number | undefined

  /** @param hear Hears what the lane has said. */
  constructor(marks: TurnMarks, hear: () => void) {
    this.#marks = marks
    this.#hear = hear
  }

  /** A message was handled in `ms`. */
  ran(ms: number): void {
    this.#costMs = this.#costMs === Infinity ? ms : this.#costMs + NEWEST_WEIGHS * (ms - this.#costMs)
  }

  /** A message has been sent; `isAlone` is asked when those that are sent in the same turn have been. */
  sent(slot: number, isAlone: () => boolean): void {
    if (this.#costMs > QUICK_MS) return
    queueMicrotask(() => {
      if (isAlone() && this.#mayStay() && this.#backoff.isDue) this.#await(slot)
    })
  }

  /** Looks at the mark alone: to ask the port for messages all the time would keep the lane from posting one. */
  #await(slot: number): void {
    const until = performance.now() + LIMIT_MS
    do {
      for (let look = 0; look < LOOKS; look++) {
        if (!this.#marks.hasReplied(slot)) continue
        this.#backoff.hit()
        this.#hear()
        return
      }
    } while (performance.now() < until)
    this.#backoff.miss()
  }

  /** Whether the event loop has had its turn not long ago. */
  #mayStay(): boolean {
    const now = performance.now()
    if (this.#awaySince !== undefined) return now - this.#awaySince < AWAY_MS
    this.#awaySince = now
    setImmediate(() => (this.#awaySince = undefined))
    return true
  }
}
