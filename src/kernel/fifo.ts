/** A first-in first-out queue in one array: `shift` costs the same however long it is. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  /** The item `offset` places behind the head. */
  at(offset: number): Item | undefined {
    return offset < 0 ? undefined : this.#items[this.#head + offset]
  }

  /** Puts another item in the place of the one `offset` places behind the head. */
  set(offset: number, item: Item): void {
    this.#items[this.#head + offset] = item
  }

  shift(): Item | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    // Let go of the part already taken once it outweighs the rest.
    if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    } else if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    }
    return item
  }

  /** Puts items back in front of all others, in their order. */
  unshift(items: readonly Item[]): void {
    this.#items = [...items, ...this.#items.slice(this.#head)]
    this.#head = 0
  }

  /** Keeps only the items that `wanted` accepts; returns how many went. */
  retain(wanted: (item: Item) => boolean): number {
    const before = this.length
    this.#items = this.items().filter(wanted)
    this.#head = 0
    return before - this.#items.length
  }

  items(): Item[] {
    return this.#items.slice(this.#head) as Item[]
  }

  /** Takes everything out. */
  takeAll(): Item[] {
    const items = this.items()
    this.#items = []
    this.#head = 0
    return items
  }
}
