/**
 * What is to happen, in order of time: a binary heap (Williams, "Algorithm 232: Heapsort", CACM 7, 1964) in typed arrays,
 * which holds no objects and so leaves nothing to collect.
 */
export class EventList {
  #times = new Float64Array(64)
  #kinds = new Int32Array(64)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The time of the next event; Infinity if there is none. */
  get nextTime(): number {
    return this.#size === 0 ? Infinity : this.#times[0]!
  }

  schedule(time: number, kind: number): void {
    if (this.#size === this.#times.length) this.#grow()
    const times = this.#times
    const kinds = this.#kinds
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (times[parent]! <= time) break
      times[at] = times[parent]!
      kinds[at] = kinds[parent]!
      at = parent
    }
    times[at] = time
    kinds[at] = kind
  }

  /** Takes the next event off and returns its kind; -1 if there is none. */
  take(): number {
    if (this.#size === 0) return -1
    const times = this.#times
    const kinds = this.#kinds
    const kind = kinds[0]!
    const size = --this.#size
    const time = times[size]!
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && times[child + 1]! < times[child]!) child++
      if (times[child]! >= time) break
      times[at] = times[child]!
      kinds[at] = kinds[child]!
      at = child
    }
    times[at] = time
    kinds[at] = kinds[size]!
    return kind
  }

  clear(): void {
    this.#size = 0
  }

  #grow(): void {
    const times = this.#times
    const kinds = this.#kinds
    this.#times = new Float64Array(2 * times.length)
    this.#kinds = new Int32Array(2 * kinds.length)
    this.#times.set(times)
    this.#kinds.set(kinds)
  }
}
