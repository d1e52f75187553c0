import type { RoutedContext } from '../contract/context.ts'
import { TroupeError, isTroupeError } from '../contract/errors.ts'
import type { Middleware } from '../contract/middleware.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Scope } from '../contract/scope.ts'
import type { Chain, ChainEntry } from './chain.ts'
import { COMPONENT } from './stage.ts'
import { isThenable } from './thenable.ts'
import { describeThrown } from './thrown.ts'

/** Hears how an execution ended. */
export type WatchEnd = (outcome: Outcome) => void

/** Looks at a context before it runs, and may refuse it by throwing; returns who is to hear of the end, if anybody. */
export type Watch = (context: RoutedContext, scope: Scope) => WatchEnd | undefined

const WATCH = Symbol('watch')

/**
 * A middleware that only looks: it passes the context on as it is, and the outcome back. It is an ordinary one too, but
 * a chain of nothing else runs without a promise for each of them, which is most of what middleware costs.
 */
export function watching(watch: Watch): Middleware {
  const middleware: Middleware = (context, next, scope) => {
    const end = watch(context, scope)
    if (end === undefined) return next(context)
    return next(context).then(
      (value) => {
        end({ ok: true, value })
        return value
      },
      (error: unknown) => {
        end({ ok: false, error: error as TroupeError })
        throw error
      },
    )
  }
  return Object.assign(middleware, { [WATCH]: watch })
}

function watchOf(middleware: Middleware): Watch | undefined {
  return (middleware as { readonly [WATCH]?: Watch })[WATCH]
}

/** Middleware that only look, as one; `undefined` where there is none, or one does more. */
export function watchTogether(entries: readonly ChainEntry[]): Watch | undefined {
  const watches = entries.map(({ run }) => watchOf(run)).filter((watch) => watch !== undefined)
  if (watches.length < entries.length || watches.length === 0) return undefined
  return (context, scope) => {
    const ends: WatchEnd[] = []
    for (let index = 0; index < watches.length; index++) {
      try {
        const end = watches[index]!(context, scope)
        if (end) ends.push(end)
      } catch (error) {
        const refusal = refused(entries[index]!.name, context, error)
        endAll(ends, { ok: false, error: refusal })
        throw refusal
      }
    }
    if (ends.length < 2) return ends[0]
    return (outcome) => endAll(ends, outcome)
  }
}

/** Those behind the component hear in reverse. */
function endAll(ends: readonly WatchEnd[], outcome: Outcome): void {
  for (let index = ends.length - 1; index >= 0; index--) ends[index]!(outcome)
}

/** The chain of middleware that only look; `undefined` where one does more. */
export function composeWatching(entries: readonly ChainEntry[]): Chain | undefined {
  const watch = watchTogether(entries)
  if (watch === undefined) return undefined
  return (context, terminal, scope, track) => {
    const end = watch(context, scope)
    track?.enter(COMPONENT)
    if (end === undefined) return terminal(context)
    const fail = (error: unknown): never => {
      end({ ok: false, error: error as TroupeError })
      throw error
    }
    let result: unknown
    try {
      result = terminal(context)
    } catch (error) {
      return fail(error)
    }
    if (isThenable(result)) {
      const succeed = (value: unknown): unknown => {
        end({ ok: true, value })
        return value
      }
      return Promise.resolve(result).then(succeed, fail)
    }
    end({ ok: true, value: result })
    return result
  }
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
