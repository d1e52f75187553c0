import { Fifo } from './fifo.ts'

/**
 * A bounded queue with reservations: a place is taken when something is accepted, which may be before it is put in, and
 * given back when it leaves.
 */
export class Mailbox<Item> {
  readonly capacity: number
  readonly #queue = new Fifo<Item>()
  #taken = 0
  #onRoom: (() => void)[] = []

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Places taken, whether or not their item is in the queue yet. */
  get taken(): number {
    return this.#taken
  }

  /** Items in the queue, those that are no longer wanted included. */
  get length(): number {
    return this.#queue.length
  }

  get hasRoom(): boolean {
    return this.#taken < this.capacity
  }

  /** Takes a place; `false` where there is none. */
  reserve(): boolean {
    if (!this.hasRoom) return false
    this.#taken++
    return true
  }

  /** Gives a place back. */
  release(): void {
    this.#taken--
    if (this.#onRoom.length > 0 && this.hasRoom) {
      const waiting = this.#onRoom
      this.#onRoom = []
      for (const listener of waiting) queueMicrotask(listener)
    }
  }

  put(item: Item): void {
    this.#queue.push(item)
  }

  /** Puts items back in front; their places are taken again, past the bound if need be, since they were accepted. */
  putBack(items: readonly Item[]): void {
    this.#taken += items.length
    this.#queue.unshift(items)
  }

  take(): Item | undefined {
    return this.#queue.shift()
  }

  /** What is in the queue, as it is now. */
  items(): Item[] {
    return this.#queue.items()
  }

  takeAll(): Item[] {
    return this.#queue.takeAll()
  }

  /** Calls `listener` once when a place is free. */
  whenRoom(listener: () => void): void {
    if (this.hasRoom) queueMicrotask(listener)
    else this.#onRoom.push(listener)
  }
}
