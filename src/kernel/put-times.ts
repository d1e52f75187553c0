import { Fifo } from './fifo.ts'

const EVERY = 64

interface Stamp {
  readonly place: number
  readonly at: number
}

/**
 * About when the items of a queue were put in, without a clock for each: one item in 64 is stamped, the first that comes
 * into an empty queue, and the first after each time that was asked for. Items between two stamps are reckoned to have
 * come evenly, those behind the last one at its time, since most come in bursts.
 */
export class PutTimes {
  readonly #stamps = new Fifo<Stamp>()
  readonly #now: () => number
  #put = 0
  #stampNext = true

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** An item is put in at the end of a queue of `length`. */
  put(length: number): void {
    if (this.#stampNext || length === 0 || this.#put % EVERY === 0) {
      this.#stampNext = false
      this.#stamps.push({ place: this.#put, at: this.#now() })
    }
    this.#put++
  }

  /** When the item at the front of a queue of `length` was put in; `undefined` where that is unknown. */
  frontAt(length: number): number | undefined {
    this.#stampNext = true
    const place = this.#put - length
    // The last stamp that is not behind the front is the one to reckon from.
    for (let next = this.#stamps.at(1); next && next.place <= place; next = this.#stamps.at(1)) this.#stamps.shift()
    const before = this.#stamps.at(0)
    // Before it are items that were put back: their stamps are gone.
    if (!before || before.place > place || length === 0) return undefined
    const after = this.#stamps.at(1)
    if (!after) return before.at
    return before.at + ((after.at - before.at) * (place - before.place)) / (after.place - before.place)
  }
}
