import type { BreakerPolicy } from '../contract/plan.ts'
import type { Outcome } from '../contract/outcome.ts'
import { type Breaker, type BreakerVote, CLOSED, afterVote, enterBreaker, refusesUntil, voteOf } from './breaker.ts'

/** Hears when a circuit opens, until when it lets nobody in, and when it closes again. */
export interface CircuitListener {
  opened(retryAt: number): void
  closed(): void
}

/** The circuit breaker of one service: lets contexts in or refuses them, and hears how they ended. */
export class Circuit {
  readonly #policy: BreakerPolicy
  readonly #listener: CircuitListener
  #breaker: Breaker = CLOSED

  constructor(policy: BreakerPolicy, listener: CircuitListener) {
    this.#policy = policy
    this.#listener = listener
  }

  get state(): Breaker['state'] {
    return this.#breaker.state
  }

  get refusesUntil(): number {
    return refusesUntil(this.#breaker)
  }

  /** `undefined` for a context that may enter, else the name of the probe that it is, or that it may not. */
  enter(now: number): number | 'refused' | undefined {
    if (this.#breaker.state === 'closed') return undefined
    const { breaker, admitted, probe } = enterBreaker(this.#breaker, now, this.#policy)
    this.#breaker = breaker
    return admitted ? probe : 'refused'
  }

  /** Takes the outcome of an attempt into account, that of `probe` where it is given. */
  ended(outcome: Outcome, probe: number | undefined, now: number): void {
    this.#vote(voteOf(outcome), probe, now)
  }

  /** A probe never ran. */
  lost(probe: number, now: number): void {
    this.#vote(undefined, probe, now)
  }

  #vote(vote: BreakerVote, probe: number | undefined, now: number): void {
    const { state } = this.#breaker
    const breaker = afterVote(this.#breaker, vote, probe, now, this.#policy)
    this.#breaker = breaker
    // A probe that says nothing changes nothing either: it had been open, and is.
    if (breaker.state === state || vote === undefined) return
    if (breaker.state === 'open') this.#listener.opened(breaker.retryAt)
    else this.#listener.closed()
  }
}
