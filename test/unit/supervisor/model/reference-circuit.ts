import { BREAKER, type End } from './rules.ts'

/** A circuit breaker, said as simply as can be: a list of all outcomes, and the one probe that counts. */
export class ReferenceCircuit {
  state: 'closed' | 'open' | 'half_open' = 'closed'
  /** Nobody is let in before that. */
  closedUntil = -Infinity
  #probes = 0
  #outcomes: { readonly tenth: number; readonly failed: boolean }[] = []

  /** The number of the probe that one who enters now is; 0 for one who may simply enter, `undefined` for nobody. */
  enter(now: number): number | undefined {
    if (this.state === 'closed') return 0
    if (now < this.closedUntil) return undefined
    this.state = 'half_open'
    this.closedUntil = now + BREAKER.openMs
    return ++this.#probes
  }

  /** Hears how an attempt ended, well without `end`; `true` where that opens it. */
  ended(probe: number | undefined, end: End | undefined, now: number): boolean {
    // What did not run, or was wanted to end, says nothing.
    if (end?.outcome === 'not_started' || end?.code === 'CANCELLED') {
      this.lost(probe, now)
      return false
    }
    const failed = end !== undefined
    if (this.state === 'closed') return this.#count(failed, now)
    if (this.state !== 'half_open' || probe !== this.#probes) return false
    if (failed) return this.#open(now)
    this.state = 'closed'
    this.closedUntil = -Infinity
    return false
  }

  /** A probe says nothing: the next one is the probe. */
  lost(probe: number | undefined, now: number): void {
    if (this.state !== 'half_open' || probe !== this.#probes) return
    this.state = 'open'
    this.closedUntil = now
  }

  #count(failed: boolean, now: number): boolean {
    const tenth = Math.floor((now * 10) / BREAKER.windowMs)
    this.#outcomes.push({ tenth, failed })
    const recent = this.#outcomes.filter((one) => one.tenth > tenth - 10)
    const failures = recent.filter((one) => one.failed).length
    if (recent.length < BREAKER.minimum || failures < BREAKER.threshold * recent.length) return false
    return this.#open(now)
  }

  #open(now: number): boolean {
    this.state = 'open'
    this.closedUntil = now + BREAKER.openMs
    this.#outcomes = []
    return true
  }
}
