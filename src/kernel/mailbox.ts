import { Fifo } from './fifo.ts'
import { PutTimes } from './put-times.ts'

/**
 * A queue that is bounded in items and in bytes, with reservations: a place is taken when something is accepted, which
 * may be before it is put in, and given back when it leaves. Bytes are the places taken times what an item takes on
 * average, and what some items are known to take beyond that.
 */
export class Mailbox<Item> {
  readonly capacity: number
  readonly capacityBytes: number
  /** What an item takes, as far as is known. */
  averageBytes = 0
  readonly #queue = new Fifo<Item>()
  readonly #times = new PutTimes()
  #taken = 0
  #extraBytes = 0
  #onRoom: (() => void)[] = []

  constructor(capacity: number, capacityBytes = Infinity) {
    this.capacity = capacity
    this.capacityBytes = capacityBytes
  }

  /** Places taken, whether or not their item is in the queue yet. */
  get taken(): number {
    return this.#taken
  }

  /** About how many bytes the items take whose places are taken. */
  get bytes(): number {
    return this.#taken * this.averageBytes + this.#extraBytes
  }

  /** Items in the queue, those that are no longer wanted included. */
  get length(): number {
    return this.#queue.length
  }

  get hasRoom(): boolean {
    return this.fits(0)
  }

  /** Whether there is a place for an item of `extraBytes` beyond the average. An empty mailbox takes any. */
  fits(extraBytes: number): boolean {
    if (this.#taken >= this.capacity) return false
    return this.#taken === 0 || this.bytes + this.averageBytes + extraBytes <= this.capacityBytes
  }

  /** Takes a place; `false` where there is none. */
  reserve(extraBytes = 0): boolean {
    if (!this.fits(extraBytes)) return false
    this.#taken++
    this.#extraBytes += extraBytes
    return true
  }

  /** Takes a place, past the bound if need be, for something that was accepted before. */
  reserveAnyway(extraBytes: number): void {
    this.#taken++
    this.#extraBytes += extraBytes
  }

  /** Gives a place back. */
  release(extraBytes = 0): void {
    this.#taken--
    this.#extraBytes -= extraBytes
    if (this.#onRoom.length > 0 && this.hasRoom) {
      const waiting = this.#onRoom
      this.#onRoom = []
      for (const listener of waiting) queueMicrotask(listener)
    }
  }

  put(item: Item): void {
    this.#times.put(this.#queue.length)
    this.#queue.push(item)
  }

  /** Puts items back in front; their places are taken again, past the bound if need be, since they were accepted. */
  putBack(items: readonly Item[], extraBytes = 0): void {
    this.#taken += items.length
    this.#extraBytes += extraBytes
    this.#queue.unshift(items)
  }

  /** What `take` would give. */
  get first(): Item | undefined {
    return this.#queue.at(0)
  }

  take(): Item | undefined {
    return this.#queue.shift()
  }

  /** About when the item at the front was put in, as `performance.now()` says, where that is known. */
  frontPutAt(): number | undefined {
    return this.#times.frontAt(this.#queue.length)
  }

  /** What is in the queue, as it is now. */
  items(): Item[] {
    return this.#queue.items()
  }

  /** Lets go of the items that `wanted` refuses; their places have been given back already. */
  retain(wanted: (item: Item) => boolean): void {
    this.#queue.retain(wanted)
  }

  takeAll(): Item[] {
    return this.#queue.takeAll()
  }

  /** Calls `listener` once when a place may be free: at once if nothing has one, else when one has been given back. */
  whenRoom(listener: () => void): void {
    // Where there is room for most items but not for that of the caller, to call at once would go on for ever.
    if (this.#taken === 0) queueMicrotask(listener)
    else this.#onRoom.push(listener)
  }
}
