import { mergeMoments, type Moments } from './moments.ts'
import { QuantileSketch, type SketchRecord } from './quantile-sketch.ts'

/** What an accumulator holds, as plain arrays: for the thread, the journal, JSON. */
export interface AccumulatorRecord {
  /** Count, mean, sum of squared deviations, least and greatest; all 0 if there were no values. */
  readonly moments: readonly number[]
  readonly sketch?: SketchRecord
}

/**
 * Everything that is kept of the values of a metric: moments by Welford's method, extremes and, where quantiles are
 * wanted, a sketch. Values of one block are added in the order of runs, and blocks merged in their order: the result
 * is then the same to the last bit, whoever added and merged.
 */
export class Accumulator {
  #count = 0
  #mean = 0
  #m2 = 0
  #min = Infinity
  #max = -Infinity
  readonly #sketch: QuantileSketch | undefined

  constructor(withSketch: boolean) {
    this.#sketch = withSketch ? new QuantileSketch() : undefined
  }

  static fromRecord(record: AccumulatorRecord): Accumulator {
    const accumulator = new Accumulator(record.sketch !== undefined)
    accumulator.mergeRecord(record)
    return accumulator
  }

  get moments(): Moments {
    return { count: this.#count, mean: this.#mean, m2: this.#m2 }
  }

  /** Infinity if there are no values. */
  get min(): number {
    return this.#min
  }

  /** -Infinity if there are no values. */
  get max(): number {
    return this.#max
  }

  /** Forgets all values; it is then as a new one, without the memory that a new one takes. */
  clear(): void {
    this.#count = 0
    this.#mean = 0
    this.#m2 = 0
    this.#min = Infinity
    this.#max = -Infinity
    this.#sketch?.clear()
  }

  /** @throws {RangeError} The value is not finite: it would spoil all others. */
  add(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`A value must be finite, not ${value}`)
    this.#count++
    const deviation = value - this.#mean
    this.#mean += deviation / this.#count
    this.#m2 += deviation * (value - this.#mean)
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    this.#sketch?.add(value)
  }

  /** Adds what another accumulator, of values that come after these, held. */
  mergeRecord({ moments, sketch }: AccumulatorRecord): void {
    const [count = 0, mean = 0, m2 = 0, min = 0, max = 0] = moments
    if (count === 0) return
    const merged = mergeMoments(this.moments, { count, mean, m2 })
    this.#count = merged.count
    this.#mean = merged.mean
    this.#m2 = merged.m2
    if (min < this.#min) this.#min = min
    if (max > this.#max) this.#max = max
    if (sketch !== undefined) this.#sketch?.mergeRecord(sketch)
  }

  /** The quantile at `probability` within the sketch's accuracy and between the extremes; NaN without values or sketch. */
  quantile(probability: number): number {
    const value = this.#sketch?.quantile(probability) ?? NaN
    return Math.min(Math.max(value, this.#min), this.#max)
  }

  toRecord(): AccumulatorRecord {
    const isEmpty = this.#count === 0
    return {
      moments: [this.#count, this.#mean, this.#m2, isEmpty ? 0 : this.#min, isEmpty ? 0 : this.#max],
      ...(this.#sketch !== undefined && { sketch: this.#sketch.toRecord() }),
    }
  }
}
