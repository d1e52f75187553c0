import type { CostStats, TimeStats } from '../contract/report.ts'
import { LogHistogram } from '../kernel/log-histogram.ts'
import { RateWindow } from '../kernel/rate-window.ts'

/**
 * What the contexts of one service cost. It is told of chunks, not of contexts: there may be millions of those a second,
 * and a clock for each would cost more than the rest of the way.
 */
export class ServiceMeter {
  readonly #wait = new LogHistogram()
  readonly #run = new LogHistogram()
  readonly #rate = new RateWindow(performance.now())
  #chunks = 0
  #sent = 0
  #busyMs = 0

  /** A chunk of `size` contexts has left for a lane. */
  sent(size: number): void {
    this.#chunks++
    this.#sent += size
  }

  /**
   * A chunk has come to its end.
   *
   * @param waitedMs How long its first context had waited when the lane came to the chunk; counts for all of them.
   * @param busyMs How long the lane had it in hand.
   */
  ended(size: number, waitedMs: number | undefined, busyMs: number): void {
    if (waitedMs !== undefined) this.#wait.record(Math.max(waitedMs, 0), size)
    this.#busyMs += busyMs
  }

  /** A lane says that `count` contexts ran for `ms` altogether. */
  ran(count: number, ms: number): void {
    if (count > 0) this.#run.record(ms / count, count)
  }

  /** How many executions have settled by now. */
  settled(total: number, now: number): void {
    this.#rate.observe(total, now)
  }

  stats(settled: number, now: number): CostStats {
    this.#rate.observe(settled, now)
    const unrun = this.#busyMs > 0 && this.#run.count > 0 ? 1 - this.#run.sum / this.#busyMs : undefined
    return {
      rate: this.#rate.perSecond(now),
      wait: timesOf(this.#wait),
      run: timesOf(this.#run),
      meanChunk: this.#chunks === 0 ? undefined : this.#sent / this.#chunks,
      transportShare: unrun === undefined ? undefined : Math.min(Math.max(unrun, 0), 1),
    }
  }
}

function timesOf(histogram: LogHistogram): TimeStats | undefined {
  if (histogram.count === 0) return undefined
  return {
    mean: histogram.sum / histogram.count,
    p50: histogram.quantile(0.5),
    p90: histogram.quantile(0.9),
    p99: histogram.quantile(0.99),
  }
}
