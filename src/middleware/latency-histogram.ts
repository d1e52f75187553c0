import { LogHistogram } from '../kernel/log-histogram.ts'

/** What a histogram says of the latencies it was given. Quantiles are estimates, right to 5 % of their value. */
export interface LatencySummary {
  readonly meanMs: number
  readonly maxMs: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  /** The buckets that hold something: how many were above the bound before and at most `leMs`. */
  readonly buckets: readonly { readonly leMs: number; readonly count: number }[]
}

/** Latencies of what a middleware stands around. */
export class LatencyHistogram {
  readonly #latencies = new LogHistogram()

  record(ms: number): void {
    this.#latencies.record(ms)
  }

  summary(): LatencySummary {
    const latencies = this.#latencies
    return {
      meanMs: latencies.count === 0 ? 0 : latencies.sum / latencies.count,
      maxMs: latencies.max,
      p50Ms: latencies.quantile(0.5),
      p90Ms: latencies.quantile(0.9),
      p99Ms: latencies.quantile(0.99),
      buckets: latencies.buckets().map(({ bound, count }) => ({ leMs: bound, count })),
    }
  }
}
