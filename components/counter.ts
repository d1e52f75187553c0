import type { Actor } from '../src/component.ts'

/** Counts, one count for each key. */
export class Counter implements Actor {
  #count = 0

  /** Adds to the count and returns it. */
  increment(by = 1): number {
    if (!Number.isFinite(by)) throw new RangeError(`A counter is incremented by a finite number, not ${String(by)}`)
    return (this.#count += by)
  }

  /** The count now. */
  count(): number {
    return this.#count
  }

  snapshot(): number {
    return this.#count
  }

  restore(count: number): void {
    this.#count = count
  }
}
