import { isTroupeError } from '../contract/errors.ts'
import type { Middleware, MiddlewareHost } from '../contract/middleware.ts'
import { type Watch, watching } from '../kernel/watching.ts'
import { ConfigReader } from './config-reader.ts'
import { LatencyHistogram, type LatencySummary } from './latency-histogram.ts'

/** What is measured of one service, at the place in the chain where the middleware stands. */
export interface ServiceMetrics {
  readonly count: number
  readonly inFlight: number
  readonly errors: number
  readonly errorsByCode: Readonly<Record<string, number>>
  readonly latency: LatencySummary
}

/** Counts executions, errors by code, and latencies per service; `stats()` shows them by service id. */
export function metrics(config: unknown, _host: MiddlewareHost, now?: () => number): Middleware {
  new ConfigReader('metrics', config).end()
  const services = new Map<string, Tally>()

  const watch: Watch<Tally> = {
    now,
    begin({ service_id: id }) {
      let tally = services.get(id)
      if (tally === undefined) services.set(id, (tally = new Tally()))
      tally.inFlight++
      return tally
    },
    end(tally, outcome, ms) {
      tally.end(ms)
      if (!outcome.ok) tally.fail(isTroupeError(outcome.error) ? outcome.error.code : 'OTHER')
    },
  }
  const measure = watching(watch)
  measure.stats = () => Object.fromEntries([...services].map(([id, tally]) => [id, tally.snapshot()]))
  return measure
}

class Tally {
  inFlight = 0
  #count = 0
  #errors = 0
  readonly #errorsByCode = new Map<string, number>()
  readonly #latency = new LatencyHistogram()

  end(ms: number): void {
    this.inFlight--
    this.#count++
    this.#latency.record(ms)
  }

  fail(code: string): void {
    this.#errors++
    this.#errorsByCode.set(code, (this.#errorsByCode.get(code) ?? 0) + 1)
  }

  snapshot(): ServiceMetrics {
    return {
      count: this.#count,
      inFlight: this.inFlight,
      errors: this.#errors,
      errorsByCode: Object.fromEntries(this.#errorsByCode),
      latency: this.#latency.summary(),
    }
  }
}
