// After the end has come, what is in hand may still end by itself for so long: slices are short, but a run need not be.
const GRACE_MS = 1_000
// One that is set for longer rings at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Ends the computing of an experiment: when all is there, when its time is over, or when somebody wants it ended. */
export class StopWatch {
  readonly #stop = new AbortController()
  readonly #kill = new AbortController()
  readonly #outer: AbortSignal
  readonly #onOuter = () => this.#finish('cancelled')
  #budget: NodeJS.Timeout | undefined
  #grace: NodeJS.Timeout | undefined
  /** Why it ended, where that was before all was there. */
  reason: 'budget' | 'cancelled' = 'cancelled'

  /** @param elapsedMs How much of the budget earlier runs have used. */
  constructor(outer: AbortSignal, budgetMs: number | undefined, elapsedMs: number) {
    this.#outer = outer
    outer.addEventListener('abort', this.#onOuter, { once: true })
    if (outer.aborted) this.#finish('cancelled')
    if (budgetMs !== undefined) this.#await(budgetMs - elapsedMs)
  }

  /** Nothing more is begun. */
  get stop(): AbortSignal {
    return this.#stop.signal
  }

  /** What is in hand is cut off. */
  get kill(): AbortSignal {
    return this.#kill.signal
  }

  /** All is there: what is in hand is not needed. */
  end(): void {
    this.#stop.abort()
    this.#kill.abort()
  }

  #await(leftMs: number): void {
    const ms = Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS)
    this.#budget = setTimeout(() => (leftMs > ms ? this.#await(leftMs - ms) : this.#finish('budget')), ms)
  }

  #finish(reason: 'budget' | 'cancelled'): void {
    if (this.#stop.signal.aborted) return
    this.reason = reason
    this.#stop.abort()
    this.#grace = setTimeout(() => this.#kill.abort(), GRACE_MS)
  }

  close(): void {
    clearTimeout(this.#budget)
    clearTimeout(this.#grace)
    this.#outer.removeEventListener('abort', this.#onOuter)
  }
}
