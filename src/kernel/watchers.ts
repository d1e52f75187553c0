// The global one is looked up anew for each call.
import { performance } from 'node:perf_hooks'
import type { RoutedContext } from '../contract/context.ts'
import { TroupeError, isTroupeError } from '../contract/errors.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Scope } from '../contract/scope.ts'
import type { Chain, ChainEntry } from './chain.ts'
import { COMPONENT } from './stage.ts'
import { isThenable } from './thenable.ts'
import { describeThrown } from './thrown.ts'
import { type Watch, watchOf } from './watching.ts'

/** A chain of middleware that only look. */
export class Watchers {
  readonly #names: readonly string[]
  readonly #watches: readonly Watch[]

  private constructor(names: readonly string[], watches: readonly Watch[]) {
    this.#names = names
    this.#watches = watches
  }

  /** Those of a chain; `undefined` where there is none, or one does more than look. */
  static of(entries: readonly ChainEntry[]): Watchers | undefined {
    const watches = entries.map(({ run }) => watchOf(run)).filter((watch) => watch !== undefined)
    if (watches.length < entries.length || watches.length === 0) return undefined
    return new Watchers(
      entries.map(({ name }) => name),
      watches,
    )
  }

  /**
   * Lets all look at a context, in their order; returns what is to hear of the end, where anybody is.
   *
   * @throws {TroupeError} One of them refused it; those before it have heard of that.
   */
  begin(context: RoutedContext, scope: Scope): Watched | undefined {
    const watches = this.#watches
    let watched: Watched | undefined
    for (let index = 0; index < watches.length; index++) {
      const watch = watches[index]!
      try {
        const seen = watch.begin(context, scope)
        if (seen !== undefined) watched = new Watched(watch, seen, watched)
      } catch (error) {
        const refusal = refused(this.#names[index]!, context, error)
        watched?.end({ ok: false, error: refusal })
        throw refusal
      }
    }
    return watched
  }
}

/** A middleware that looks at an execution, and those around it that do. A closure for each would take more room. */
export class Watched {
  readonly #watch: Watch
  readonly #seen: unknown
  readonly #around: Watched | undefined
  readonly #began: number

  constructor(watch: Watch, seen: unknown, around: Watched | undefined) {
    this.#watch = watch
    this.#seen = seen
    this.#around = around
    this.#began = around === undefined ? timeOf(watch) : around.#began
  }

  /** Tells all how it ended, the innermost first. */
  end(outcome: Outcome): void {
    const ms = timeOf(this.#watch) - this.#began
    this.#watch.end?.(this.#seen, outcome, ms)
    for (let outer = this.#around; outer; outer = outer.#around) outer.#watch.end?.(outer.#seen, outcome, ms)
  }
}

function timeOf({ now }: Watch): number {
  return now === undefined ? performance.now() : now()
}

/** The chain of middleware that only look; `undefined` where one does more. */
export function composeWatching(entries: readonly ChainEntry[]): Chain | undefined {
  const watchers = Watchers.of(entries)
  if (watchers === undefined) return undefined
  return (context, terminal, scope, track) => {
    const watched = watchers.begin(context, scope)
    track?.enter(COMPONENT)
    if (watched === undefined) return terminal(context)
    let result: unknown
    try {
      result = terminal(context)
    } catch (error) {
      watched.end({ ok: false, error: error as TroupeError })
      throw error
    }
    if (isThenable(result)) return endLater(watched, result)
    watched.end({ ok: true, value: result })
    return result
  }
}

function endLater(watched: Watched, result: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(result).then(
    (value) => {
      watched.end({ ok: true, value })
      return value
    },
    (error: unknown) => {
      watched.end({ ok: false, error: error as TroupeError })
      throw error
    },
  )
}

function refused(name: string, context: RoutedContext, error: unknown): TroupeError {
  if (isTroupeError(error)) return error as TroupeError
  return new TroupeError('MIDDLEWARE_ERROR', `Middleware "${name}" failed: ${describeThrown(error).message}`, {
    outcome: 'not_started',
    serviceId: context.service_id,
    requestId: context.request_id,
    details: { middleware: name, stage: 'before' },
    cause: error,
  })
}
