import type { Lane } from '../engine/engine.ts'

// Results read in one go: enough to be quick, and few enough to be young when they are handed on.
const MOST_READ = 256
const NONE: readonly unknown[] = []

/**
 * The results that one lane has left as rows: read by many, and dealt with in their order. Whoever hears of one may do
 * what deals with the next in there.
 */
export class ReadyValues {
  #values = NONE
  #taken = 0

  /** Whether one lies ready. Reads on, from the context `head` up to the last of `limit`, where all have been taken. */
  look(lane: Lane | undefined, head: number, limit: number): boolean {
    if (this.#taken < this.#values.length) return true
    this.#values = limit > 0 && lane ? lane.readRows(head, Math.min(limit, MOST_READ)) : NONE
    this.#taken = 0
    return this.#values.length > 0
  }

  /** Takes the next; only where one lies ready. */
  take(): unknown {
    return this.#values[this.#taken++]
  }

  /** Takes those that lie ready, up to `most`. */
  takeMany(most: number): readonly unknown[] {
    const values = this.#values
    const from = this.#taken
    this.#taken = Math.min(from + most, values.length)
    return from === 0 && this.#taken === values.length ? values : values.slice(from, this.#taken)
  }
}
