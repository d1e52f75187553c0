const pageSize = 256

/** Counts by index, as pairs one after another, indexes rising; and how many values were zero. */
export interface SketchRecord {
  readonly zeros: number
  readonly positive: readonly number[]
  readonly negative: readonly number[]
}

/** How far a quantile may be from the true one, as a share of it. */
export const sketchAccuracy = 0.001

// Class i holds values in (γ^(i-1), γ^i], and stands for 2γ^i / (γ + 1), which is within the accuracy of all of them.
const gamma = (1 + sketchAccuracy) / (1 - sketchAccuracy)
const logGamma = Math.log(gamma)
const logMiddle = Math.log(2 / (gamma + 1))
/** Below it numbers lose digits; they count as zero. */
const leastNormal = 2.2250738585072014e-308

/**
 * DDSketch: quantiles of any number of values within a relative accuracy, from counts of values by class. Masson, Rim and
 * Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", PVLDB 12 (2019), without
 * their collapsing of classes: memory grows with the range of values alone, 2 KiB for each factor of 1.67.
 *
 * Counts are whole numbers, so that sketches merge in any order to the same.
 */
export class QuantileSketch {
  #zeros = 0
  readonly #positive = new Counts()
  readonly #negative = new Counts()

  static fromRecord(record: SketchRecord): QuantileSketch {
    const sketch = new QuantileSketch()
    sketch.mergeRecord(record)
    return sketch
  }

  get count(): number {
    return this.#zeros + this.#positive.total + this.#negative.total
  }

  /** Adds a finite value. */
  add(value: number): void {
    if (value >= leastNormal) this.#positive.add(classOf(value), 1)
    else if (value <= -leastNormal) this.#negative.add(classOf(-value), 1)
    else this.#zeros++
  }

  /** Forgets all values. Its memory is kept, for others like them. */
  clear(): void {
    this.#zeros = 0
    this.#positive.clear()
    this.#negative.clear()
  }

  mergeRecord({ zeros, positive, negative }: SketchRecord): void {
    this.#zeros += zeros
    for (let at = 0; at < positive.length; at += 2) this.#positive.add(positive[at]!, positive[at + 1]!)
    for (let at = 0; at < negative.length; at += 2) this.#negative.add(negative[at]!, negative[at + 1]!)
  }

  toRecord(): SketchRecord {
    return { zeros: this.#zeros, positive: this.#positive.toPairs(), negative: this.#negative.toPairs() }
  }

  /**
   * The value of rank ⌊probability · (count - 1)⌋, from 0, within the accuracy; NaN if there is none.
   *
   * @throws {RangeError} `probability` is outside [0, 1].
   */
  quantile(probability: number): number {
    if (!(probability >= 0 && probability <= 1))
      throw new RangeError(`A probability lies in [0, 1], not at ${probability}`)
    const { count } = this
    if (count === 0) return NaN
    const rank = Math.floor(probability * (count - 1))
    const negatives = this.#negative.total
    if (rank < negatives) return -valueOf(this.#negative.indexAt(negatives - 1 - rank))
    if (rank < negatives + this.#zeros) return 0
    return valueOf(this.#positive.indexAt(rank - negatives - this.#zeros))
  }
}

function classOf(value: number): number {
  return Math.ceil(Math.log(value) / logGamma)
}

function valueOf(index: number): number {
  return Math.min(Math.exp(index * logGamma + logMiddle), Number.MAX_VALUE)
}

/** Counts by integer, in pages that are made when first needed. */
class Counts {
  total = 0
  readonly #pages = new Map<number, Float64Array>()
  #lastNumber = NaN
  #last: Float64Array = new Float64Array(0)

  add(index: number, count: number): void {
    const number = index >> 8
    if (number !== this.#lastNumber) this.#turnTo(number)
    this.#last[index & (pageSize - 1)]! += count
    this.total += count
  }

  clear(): void {
    this.total = 0
    for (const page of this.#pages.values()) page.fill(0)
  }

  /** The index of the value of this rank, from 0. */
  indexAt(rank: number): number {
    const pairs = this.toPairs()
    let below = 0
    for (let at = 0; at < pairs.length; at += 2) {
      below += pairs[at + 1]!
      if (rank < below) return pairs[at]!
    }
    return NaN
  }

  toPairs(): number[] {
    const pages = [...this.#pages].toSorted(([a], [b]) => a - b)
    let size = 0
    for (const [, page] of pages) for (let at = 0; at < pageSize; at++) if (page[at]! > 0) size++
    // Made at its size: an array that grows leaves several times as much behind, for each block.
    const pairs: number[] = []
    pairs.length = 2 * size
    let end = 0
    for (const [number, page] of pages) {
      for (let at = 0; at < pageSize; at++) {
        if (!(page[at]! > 0)) continue
        pairs[end++] = number * pageSize + at
        pairs[end++] = page[at]!
      }
    }
    return pairs
  }

  #turnTo(number: number): void {
    let page = this.#pages.get(number)
    if (page === undefined) this.#pages.set(number, (page = new Float64Array(pageSize)))
    this.#last = page
    this.#lastNumber = number
  }
}
