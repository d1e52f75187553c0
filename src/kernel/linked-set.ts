/** A place in a linked set; whoever holds it can leave. */
export interface Place<Item> {
  readonly item: Item
  previous: Place<Item> | undefined
  next: Place<Item> | undefined
}

/**
 * Items in the order in which they joined. Joining and leaving touch the neighbours alone, where a `Set` under constant
 * change keeps making itself anew.
 */
export class LinkedSet<Item> {
  #first: Place<Item> | undefined
  #last: Place<Item> | undefined

  join(item: Item): Place<Item> {
    const place: Place<Item> = { item, previous: this.#last, next: undefined }
    if (this.#last) this.#last.next = place
    else this.#first = place
    this.#last = place
    return place
  }

  /** Leaves by the place that `join` gave; once. */
  leave(place: Place<Item>): void {
    if (place.previous) place.previous.next = place.next
    else this.#first = place.next
    if (place.next) place.next.previous = place.previous
    else this.#last = place.previous
  }

  /** The items now; some may leave while they are looked at. */
  items(): Item[] {
    const items: Item[] = []
    for (let place = this.#first; place; place = place.next) items.push(place.item)
    return items
  }
}
