/** A lane polls its port for this long before it goes back to its event loop. */
export const POLL_MS = 0.2
/** The longest a lane stays away from its event loop while it polls. */
export const AWAY_MS = 2
const BACK_TO_BACK_MS = 0.3
const STREAK = 2

/**
 * Whether polling is worth it now. After back-to-back messages the next one is likely to come at once, and asking for it
 * is sooner done than waking up; at a slower pace polling would only burn the core. On a machine of one core it never is:
 * who is to send the next message cannot while it is asked for.
 */
export class PollPolicy {
  readonly #hasOwnCore: boolean
  #idleSince = -Infinity
  #streak = 0

  constructor(cores: number) {
    this.#hasOwnCore = cores > 1
  }

  /** The lane has nothing left to do. */
  idle(now: number): void {
    this.#idleSince = now
  }

  /** A message woke the lane. */
  woken(now: number): void {
    this.#streak = now - this.#idleSince <= BACK_TO_BACK_MS ? this.#streak + 1 : 0
  }

  /** Polling brought nothing. */
  missed(): void {
    this.#streak = 0
  }

  get worthIt(): boolean {
    return this.#hasOwnCore && this.#streak >= STREAK
  }
}
