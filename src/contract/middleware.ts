import type { RoutedContext } from './context.ts'
import type { Log } from './log.ts'
import type { Scope, Side } from './scope.ts'

/** Passes a context on to the next middleware or to the component, and resolves with the result. Call it once. */
export type Next = (context: RoutedContext) => Promise<unknown>

/**
 * Runs around a service. Code before `next` runs in file order, code behind it in reverse; not calling `next` answers
 * in the component's place. A middleware may carry `stats()`, which `supervisor.stats().middleware` then shows.
 */
export interface Middleware {
  (context: RoutedContext, next: Next, scope: Scope): unknown
  stats?(): Readonly<Record<string, unknown>>
}

/** What a middleware factory learns of the runtime it is made in. */
export interface MiddlewareHost {
  readonly side: Side
  /** The registered services, by id. */
  readonly services: ReadonlyMap<string, { readonly idempotent: boolean }>
  readonly log: Log
}

/** What a middleware module exports: makes the middleware from its `config` (`{}` where there is none). */
export type MiddlewareFactory<Config = never> = (
  config: Config,
  host: MiddlewareHost,
) => Middleware | Promise<Middleware>
