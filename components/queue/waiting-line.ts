/** Customers who wait, by when they came; the first is served first. */
export class WaitingLine {
  #arrivals = new Float64Array(64)
  #first = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  join(arrival: number): void {
    const capacity = this.#arrivals.length
    if (this.#size === capacity) {
      const longer = new Float64Array(2 * capacity)
      for (let place = 0; place < capacity; place++) longer[place] = this.#arrivals[(this.#first + place) % capacity]!
      this.#arrivals = longer
      this.#first = 0
    }
    this.#arrivals[(this.#first + this.#size) & (this.#arrivals.length - 1)] = arrival
    this.#size++
  }

  /** Takes the first one off; there must be one. */
  leave(): number {
    const arrival = this.#arrivals[this.#first]!
    this.#first = (this.#first + 1) & (this.#arrivals.length - 1)
    this.#size--
    return arrival
  }

  clear(): void {
    this.#first = 0
    this.#size = 0
  }
}
