import type { WireError } from '../../contract/wire-error.ts'
import { isWireError } from '../../kernel/lane-message.ts'
import { VALUE } from '../../kernel/rows/result-tag.ts'
import { RowReader } from '../../kernel/rows/row-reader.ts'

// How often it looks for a row before it asks for the time.
const LOOKS = 16

/** The results that a thread leaves as rows: values, and errors in place of one. */
export class ResultRows {
  readonly #rows = new RowReader()
  readonly #garbled: () => void
  #next = 1
  #isGarbled = false

  /** @param garbled What a thread has written cannot be read: it is to end, since it is not to be trusted. */
  constructor(garbled: () => void) {
    this.#garbled = garbled
  }

  get memory(): SharedArrayBuffer {
    return this.#rows.memory
  }

  /** See `Lane.readRows`. */
  read(first: number, limit: number, each: (value: unknown, error?: WireError) => void): number {
    const rows = this.#rows
    let count = 0
    this.#next = first
    while (count < limit && rows.has(this.#next)) {
      const sequence = this.#next
      const isValue = rows.tag(sequence) === VALUE
      const result = this.#take(sequence, isValue)
      if (result === undefined) break
      this.#next = (sequence + 1) | 0
      count++
      // Whoever hears of a result may cancel another context: what lies ready is then read on in there.
      if (isValue) each(result)
      else each(undefined, result as WireError)
    }
    if (count > 0) rows.release()
    return count
  }

  /** `undefined` where what lies there cannot be read, and from then on. */
  #take(sequence: number, isValue: boolean): object | undefined {
    if (this.#isGarbled) return undefined
    try {
      const result = this.#rows.take(sequence)
      if (isValue || isWireError(result)) return result
    } catch {
      // As where it is no error.
    }
    this.#isGarbled = true
    this.#garbled()
    return undefined
  }

  /** Looks for a result for up to `limitMs`, without giving way to anything; `false` where it is not there by then. */
  await(sequence: number, limitMs: number): boolean {
    const until = performance.now() + limitMs
    do {
      for (let look = 0; look < LOOKS; look++) if (this.#rows.has(sequence)) return true
    } while (performance.now() < until)
    return false
  }
}
