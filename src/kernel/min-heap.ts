/** A binary heap: the item with the least key comes first. */
export class MinHeap<Item> {
  readonly #key: (item: Item) => number
  readonly #items: Item[] = []

  constructor(key: (item: Item) => number) {
    this.#key = key
  }

  get size(): number {
    return this.#items.length
  }

  peek(): Item | undefined {
    return this.#items[0]
  }

  push(item: Item): void {
    const items = this.#items
    let at = items.length
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#key(items[parent]!) <= this.#key(item)) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  pop(): Item | undefined {
    const items = this.#items
    const least = items[0]
    const last = items.pop()
    if (items.length === 0 || last === undefined) return least
    let at = 0
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && this.#key(items[child + 1]!) < this.#key(items[child]!)) child++
      if (this.#key(items[child]!) >= this.#key(last)) break
      items[at] = items[child]!
      at = child
    }
    items[at] = last
    return least
  }

  /** Keeps only the items that `wanted` accepts. */
  retain(wanted: (item: Item) => boolean): void {
    const kept = this.#items.filter(wanted)
    this.#items.length = 0
    for (const item of kept) this.push(item)
  }
}
