import type { RoutedContext } from '../contract/context.ts'
import type { Middleware } from '../contract/middleware.ts'
import type { Scope } from '../contract/scope.ts'

/** A middleware with the name that errors and stages call it by. */
export interface ChainEntry {
  readonly name: string
  readonly run: Middleware
}

/**
 * Is told each transition of one execution, so that a limit can name the stage it cut off. Stage 0 is inside the
 * terminal, `2i + 1` the code of entry `i` before `next`, `2i + 2` the code behind it; `stage.ts` names them.
 */
export interface StageTracker {
  enter(stage: number): void
}

/** What the innermost middleware's `next` runs: the component on a worker, the mailbox on the supervisor. */
export type Terminal = (context: RoutedContext) => unknown

/** Takes over a context whose `service_id` a middleware changed, in place of the rest of the chain. */
export type Redirect = (context: RoutedContext) => Promise<unknown>

/**
 * Runs one context through the middleware and the terminal. Returns a plain value where nothing was asynchronous and a
 * promise otherwise; throws likewise. Without `redirect`, changing `service_id` is the middleware's error.
 */
export type Chain = (
  context: RoutedContext,
  terminal: Terminal,
  scope: Scope,
  track?: StageTracker,
  redirect?: Redirect,
) => unknown
