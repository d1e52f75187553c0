import type { RoutedContext } from '../contract/context.ts'
import { isTroupeError } from '../contract/errors.ts'
import type { Scope } from '../contract/scope.ts'
import type { ChainEntry } from './chain.ts'
import { watchFailed } from './watch-failed.ts'
import { Watched } from './watched.ts'
import { type NamedWatch, watchOf } from './watching.ts'

/** A chain of middleware that only look. */
export class Watchers {
  readonly #entries: readonly NamedWatch[]

  private constructor(entries: readonly NamedWatch[]) {
    this.#entries = entries
  }

  /** Those of a chain; `undefined` where there is none, or one does more than look. */
  static of(entries: readonly ChainEntry[]): Watchers | undefined {
    const named: NamedWatch[] = []
    for (const { name, run } of entries) {
      const watch = watchOf(run)
      if (watch === undefined) return undefined
      named.push({ name, watch })
    }
    return named.length === 0 ? undefined : new Watchers(named)
  }

  /**
   * Lets all look at a context, in their order; returns what is to hear of the end, where anybody is.
   *
   * @throws {TroupeError} One of them refused it; those before it have heard of that.
   */
  begin(context: RoutedContext, scope: Scope): Watched | undefined {
    const entries = this.#entries
    // First of all: where a getter throws, nobody has begun.
    const { service_id: serviceId, request_id: requestId } = context
    let watched: Watched | undefined
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index]!
      try {
        const seen = entry.watch.begin(context, scope)
        if (seen !== undefined) watched = new Watched(entry, seen, watched)
      } catch (thrown) {
        const refusal = isTroupeError(thrown) ? thrown : watchFailed(entry.name, 'before', thrown, serviceId, requestId)
        watched?.end({ ok: false, error: refusal }, serviceId, requestId)
        throw refusal
      }
    }
    return watched
  }
}
