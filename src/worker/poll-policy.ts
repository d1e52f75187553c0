/** A lane polls its port for this long before it goes back to its event loop. */
export const POLL_MS = 0.2
/** The longest a lane stays away from its event loop while it polls. */
export const AWAY_MS = 2
const BACK_TO_BACK_MS = 0.3
const STREAK = 2
const LONGEST_STREAK = 256
// Who calls after so long may be another caller, or share this core no longer.
const PAUSE_MS = 10

/**
 * Whether polling is worth it now. After back-to-back messages the next one is likely to come at once, and asking for it
 * is sooner done than waking up; at a slower pace polling would only burn the core. Where it brings nothing time and
 * again it is tried ever more rarely: a caller that shares this core cannot send anything while it is polled for.
 */
export class PollPolicy {
  #idleSince = -Infinity
  #streak = 0
  #needed = STREAK
  #hasFound = false

  /** The lane has nothing left to do. */
  idle(now: number): void {
    this.#idleSince = now
  }

  /** A message woke the lane. */
  woken(now: number): void {
    const idle = now - this.#idleSince
    this.#streak = idle <= BACK_TO_BACK_MS ? this.#streak + 1 : 0
    if (idle > PAUSE_MS) this.#needed = Math.max(STREAK, this.#needed / 2)
  }

  /** Polling brought something. */
  found(): void {
    this.#hasFound = true
  }

  /** Polling ended, having brought nothing for as long as it may. */
  missed(): void {
    this.#needed = this.#hasFound ? STREAK : Math.min(2 * this.#needed, LONGEST_STREAK)
    this.#hasFound = false
    this.#streak = 0
  }

  get worthIt(): boolean {
    return this.#streak >= this.#needed
  }
}
