const LEAST_ROOM = 16
// Room that stays however empty the queue becomes: there is a queue for each service, and there may be many.
const KEPT_ROOM = 128

/** A first-in first-out queue in a ring: `push` and `shift` cost the same however long it is, and items stay where they are. */
export class Fifo<Item> {
  /** As long as the room there is, which is 0 or a power of 2. */
  #ring: (Item | undefined)[] = []
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: Item): void {
    if (this.#length === this.#ring.length) this.#resize(Math.max(2 * this.#length, LEAST_ROOM))
    this.#ring[this.#place(this.#length)] = item
    this.#length++
  }

  /** The item `offset` places behind the head. */
  at(offset: number): Item | undefined {
    return offset < 0 || offset >= this.#length ? undefined : this.#ring[this.#place(offset)]
  }

  shift(): Item | undefined {
    if (this.#length === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = this.#place(1)
    this.#length--
    const room = this.#ring.length
    if (room > KEPT_ROOM && this.#length * 4 <= room) this.#resize(room / 2)
    return item
  }

  /** Puts items back in front of all others, in their order. */
  unshift(items: readonly Item[]): void {
    this.#fill([...items, ...this.items()])
  }

  /** Keeps only the items that `wanted` accepts; returns how many went. */
  retain(wanted: (item: Item) => boolean): number {
    const before = this.#length
    this.#fill(this.items().filter(wanted))
    return before - this.#length
  }

  items(): Item[] {
    const end = this.#head + this.#length
    const straight = this.#ring.slice(this.#head, end)
    const rest = this.#ring.slice(0, Math.max(end - this.#ring.length, 0))
    return (rest.length === 0 ? straight : [...straight, ...rest]) as Item[]
  }

  /** Takes everything out. */
  takeAll(): Item[] {
    const items = this.items()
    this.#fill([])
    return items
  }

  #place(offset: number): number {
    return (this.#head + offset) & (this.#ring.length - 1)
  }

  #fill(items: Item[]): void {
    this.#ring = items
    this.#head = 0
    this.#length = items.length
    let room = LEAST_ROOM
    while (room < items.length) room *= 2
    if (items.length > 0) this.#resize(room)
  }

  #resize(room: number): void {
    const items: (Item | undefined)[] = this.items()
    items.length = room
    this.#ring = items
    this.#head = 0
  }
}
