const SECONDS = 10

/** How many things happened a second over the last ten seconds, from a count that only grows, looked at now and then. */
export class RateWindow {
  readonly #began: number
  /** What was counted in each of the last seconds; the place of a second is its remainder. */
  readonly #counts = Array.from({ length: SECONDS }, () => 0)
  #second: number
  #seen = 0

  /** @param now Milliseconds of a monotonic clock, here as elsewhere. */
  constructor(now: number) {
    this.#began = now
    this.#second = secondOf(now)
  }

  /** Takes in what the count has come to. What was counted since the last look is ascribed to this second. */
  observe(total: number, now: number): void {
    this.#advance(now)
    if (total === this.#seen) return
    const place = this.#second % SECONDS
    this.#counts[place] = this.#counts[place]! + total - this.#seen
    this.#seen = total
  }

  /** The rate over the last nine to ten seconds, or since the beginning where that is less long ago. */
  perSecond(now: number): number {
    this.#advance(now)
    const counted = this.#counts.reduce((sum, count) => sum + count, 0)
    const since = Math.max(this.#began, (this.#second - SECONDS + 1) * 1_000)
    return now > since ? (counted / (now - since)) * 1_000 : 0
  }

  /** Lets go of the seconds that are over. */
  #advance(now: number): void {
    const second = secondOf(now)
    const passed = Math.min(second - this.#second, SECONDS)
    for (let ago = 0; ago < passed; ago++) this.#counts[(second - ago) % SECONDS] = 0
    if (passed > 0) this.#second = second
  }
}

function secondOf(now: number): number {
  return Math.floor(now / 1_000)
}
