import type { MiddlewareStatsMessage } from '../contract/messages.ts'
import type { ChainEntry } from '../kernel/chain.ts'

const INTERVAL_MS = 250

/** Tells the supervisor what the worker-side middleware count: four times a second at most, and at the lane's end. */
export class MiddlewareStats {
  readonly #entries: readonly ChainEntry[]
  readonly #post: (message: MiddlewareStatsMessage) => void
  #timer: NodeJS.Timeout | undefined

  constructor(entries: readonly ChainEntry[], post: (message: MiddlewareStatsMessage) => void) {
    this.#entries = entries.filter((entry) => typeof entry.run.stats === 'function')
    this.#post = post
  }

  /** Posts within the interval; called whenever the lane falls idle. */
  postSoon(): void {
    if (this.#entries.length === 0 || this.#timer) return
    this.#timer = setTimeout(() => this.post(), INTERVAL_MS).unref()
  }

  post(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#entries.length === 0) return
    const stats: Record<string, unknown> = {}
    for (const { name, run } of this.#entries) {
      try {
        stats[name] = structuredClone(run.stats?.())
      } catch {
        stats[name] = undefined
      }
    }
    this.#post({ type: 'middleware-stats', stats })
  }
}
