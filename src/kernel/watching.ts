import type { RoutedContext } from '../contract/context.ts'
import type { TroupeError } from '../contract/errors.ts'
import type { Middleware } from '../contract/middleware.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Scope } from '../contract/scope.ts'

/** What a middleware does that only looks: it passes the context on as it is, and the outcome back. */
export interface Watch<Seen = unknown> {
  /**
   * Looks at a context before it runs, and may refuse it by throwing. What it returns is handed to `end`, which is not
   * called where that is `undefined`.
   */
  begin(context: RoutedContext, scope: Scope): Seen | undefined
  /** Hears how the execution ended, `ms` after it was looked at. */
  end?(seen: Seen, outcome: Outcome, ms: number): void
  /** What tells the time, in milliseconds, in place of the clock of the process. */
  readonly now?: (() => number) | undefined
}

/** One of a chain, with the name that errors call it by. */
export interface NamedWatch {
  readonly name: string
  readonly watch: Watch
}

const WATCH = Symbol('watch')
// The original: a component may replace it in its thread.
const clock = performance.now.bind(performance)

/**
 * A middleware that only looks. It is an ordinary one too, but a chain of nothing else runs without a promise for each
 * of them, and with one clock for all, which is most of what middleware costs.
 */
export function watching<Seen>(watch: Watch<Seen>): Middleware {
  const { now = clock } = watch
  const middleware: Middleware = (context, next, scope) => {
    const seen = watch.begin(context, scope)
    if (seen === undefined) return next(context)
    const began = now()
    return next(context).then(
      (value) => {
        watch.end?.(seen, { ok: true, value }, now() - began)
        return value
      },
      (error: unknown) => {
        watch.end?.(seen, { ok: false, error: error as TroupeError }, now() - began)
        throw error
      },
    )
  }
  return Object.assign(middleware, { [WATCH]: watch })
}

/** The time that a middleware goes by. */
export function timeOf({ now }: Watch): number {
  return now === undefined ? clock() : now()
}

/** What a middleware looks at, where it does no more than that. */
export function watchOf(middleware: Middleware): Watch | undefined {
  return (middleware as { readonly [WATCH]?: Watch })[WATCH]
}
