const BUCKETS_PER_DECADE = 8
const LOWEST_MS = 0.001
const DECADES = 9

/** Upper bounds in milliseconds, from a microsecond to a thousand seconds, and without bound for the last bucket. */
const latencyBoundsMs: readonly number[] = [
  ...Array.from({ length: DECADES * BUCKETS_PER_DECADE + 1 }, (_, k) => LOWEST_MS * 10 ** (k / BUCKETS_PER_DECADE)),
  Infinity,
]

/** What a histogram says of the latencies it was given. Quantiles are estimates, right to a third of their value. */
export interface LatencySummary {
  readonly meanMs: number
  readonly maxMs: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  /** The buckets that hold something: how many were above the bound before and at most `leMs`. */
  readonly buckets: readonly { readonly leMs: number; readonly count: number }[]
}

/** Latencies in buckets with fixed bounds, so that histograms of several threads can be added. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(latencyBoundsMs.length)
  #count = 0
  #sumMs = 0
  #maxMs = 0

  record(ms: number): void {
    const position = Math.ceil(Math.log10(Math.max(ms, LOWEST_MS) / LOWEST_MS) * BUCKETS_PER_DECADE)
    const bucket = Math.min(position, this.#counts.length - 1)
    this.#counts[bucket] = this.#counts[bucket]! + 1
    this.#count++
    this.#sumMs += ms
    this.#maxMs = Math.max(this.#maxMs, ms)
  }

  summary(): LatencySummary {
    const buckets = latencyBoundsMs.map((leMs, bucket) => ({ leMs, count: this.#counts[bucket]! }))
    return {
      meanMs: this.#count === 0 ? 0 : this.#sumMs / this.#count,
      maxMs: this.#maxMs,
      p50Ms: this.#quantile(0.5),
      p90Ms: this.#quantile(0.9),
      p99Ms: this.#quantile(0.99),
      buckets: buckets.filter(({ count }) => count > 0),
    }
  }

  /** Interpolates inside the bucket where the quantile lies, on the logarithmic scale of the bounds. */
  #quantile(share: number): number {
    const rank = share * this.#count
    let below = 0
    for (const [bucket, count] of this.#counts.entries()) {
      if (count > 0 && below + count >= rank) {
        const low = latencyBoundsMs[Math.max(bucket - 1, 0)]!
        const high = Math.min(latencyBoundsMs[bucket]!, this.#maxMs)
        return Math.min(low * (high / low) ** ((rank - below) / count), this.#maxMs)
      }
      below += count
    }
    return 0
  }
}
