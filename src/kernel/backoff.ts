const MAX_SKIPPED = 256

/** Passes over tries for a while, longer each time, after they were in vain: a try that fails is not free. */
export class Backoff {
  #misses = 0
  #skip = 0

  /** Whether to try now. */
  get isDue(): boolean {
    if (this.#skip === 0) return true
    this.#skip--
    return false
  }

  hit(): void {
    this.#misses = 0
  }

  miss(): void {
    this.#misses++
    this.#skip = Math.min(2 ** this.#misses - 1, MAX_SKIPPED)
  }
}
