const BUCKETS_PER_DECADE = 24
const LOWEST = 0.001
const DECADES = 9
const LAST = DECADES * BUCKETS_PER_DECADE + 1

/** A bucket that holds something: how many values were above the bound before and at most `bound`. */
export interface Bucket {
  readonly bound: number
  readonly count: number
}

/**
 * Positive values in buckets with fixed bounds, 24 to a decade from 0.001 to 10^6, so that histograms of several threads
 * can be added. A quantile is right to 5 % of its value (the middle of its bucket, on the logarithmic scale, is at most
 * 10^(1/48) away from any value in it); what is below the lowest bound counts as at it, what is above the highest as the
 * greatest value seen.
 */
export class LogHistogram {
  // Made with the first value: there may be thousands of services, and most never run.
  #counts: Float64Array | undefined
  #count = 0
  #sum = 0
  #max = 0

  get count(): number {
    return this.#count
  }

  /** The sum of all values, exactly. */
  get sum(): number {
    return this.#sum
  }

  get max(): number {
    return this.#max
  }

  /** Takes in a value, which may stand for `times` values. What is no number, or below 0, is passed over. */
  record(value: number, times = 1): void {
    if (!(value >= 0 && value < Infinity && times > 0 && times < Infinity)) return
    this.#counts ??= new Float64Array(LAST + 1)
    const place = Math.ceil(Math.log10(Math.max(value, LOWEST) / LOWEST) * BUCKETS_PER_DECADE)
    const bucket = Math.min(place, LAST)
    this.#counts[bucket] = this.#counts[bucket]! + times
    this.#count += times
    this.#sum += value * times
    this.#max = Math.max(this.#max, value)
  }

  /** The value that the share `share` of all values does not exceed; 0 where there are none. */
  quantile(share: number): number {
    if (!this.#counts) return 0
    const rank = Math.max(share * this.#count, Number.MIN_VALUE)
    let below = 0
    for (let bucket = 0; bucket <= LAST; bucket++) {
      below += this.#counts[bucket]!
      if (below >= rank) return bucket === LAST ? this.#max : Math.min(middleOf(bucket), this.#max)
    }
    return this.#max
  }

  /** The buckets that hold something, in order. The last has no bound. */
  buckets(): Bucket[] {
    return Array.from(this.#counts ?? [], (count, bucket) => ({ bound: boundOf(bucket), count })).filter(
      ({ count }) => count > 0,
    )
  }
}

function boundOf(bucket: number): number {
  return bucket === LAST ? Infinity : LOWEST * 10 ** (bucket / BUCKETS_PER_DECADE)
}

function middleOf(bucket: number): number {
  return bucket === 0 ? LOWEST : LOWEST * 10 ** ((bucket - 0.5) / BUCKETS_PER_DECADE)
}
