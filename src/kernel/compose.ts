import type { RoutedContext } from '../contract/context.ts'
import { type ErrorOutcome, TroupeError, isTroupeError } from '../contract/errors.ts'
import type { Next } from '../contract/middleware.ts'
import type { Scope } from '../contract/scope.ts'
import type { Chain, ChainEntry, Redirect, StageTracker, Terminal } from './chain.ts'
import { composeWatching } from './compose-watching.ts'
import { contextProblem } from './context-problem.ts'
import { COMPONENT } from './stage.ts'
import { handled, isThenable } from './thenable.ts'
import { addSuppressed, describeThrown, withOutcome } from './thrown.ts'
import { Watchers } from './watchers.ts'

/** The one runner of middleware, the same on either side of the thread. */
export function composeMiddleware(entries: readonly ChainEntry[]): Chain {
  if (entries.length === 0) return (context, terminal) => terminal(context)
  const watchers = Watchers.of(entries)
  if (watchers) return composeWatching(watchers)
  return (context, terminal, scope, track, redirect) =>
    runFrom(0, context, { entries, terminal, scope, track, redirect, entered: context })
}

/** One context's way through one chain. */
interface Passage {
  readonly entries: readonly ChainEntry[]
  readonly terminal: Terminal
  readonly scope: Scope
  readonly track: StageTracker | undefined
  readonly redirect: Redirect | undefined
  readonly entered: RoutedContext
}

function runFrom(index: number, context: RoutedContext, passage: Passage): unknown {
  const entry = passage.entries[index]
  if (entry !== undefined) return new Turn(passage, index, entry).run(context)
  passage.track?.enter(COMPONENT)
  return passage.terminal(context)
}

type Inner = 'uncalled' | 'running' | 'ok' | 'failed'

/** One middleware's turn around one context. It ends only when the middleware and what `next` started both have. */
class Turn {
  readonly #passage: Passage
  readonly #index: number
  readonly #entry: ChainEntry
  #inner: Inner = 'uncalled'
  #innerPromise: Promise<unknown> | undefined
  /** What `next` rejected with, once `#inner` is `failed`. */
  #innerError: unknown
  /** A misuse of `next`; the turn ends with it even if the middleware swallowed the rejection. */
  #misuse: TroupeError | undefined
  #returned = false

  constructor(passage: Passage, index: number, entry: ChainEntry) {
    this.#passage = passage
    this.#index = index
    this.#entry = entry
  }

  run(context: RoutedContext): unknown {
    this.#passage.track?.enter(2 * this.#index + 1)
    const next: Next = (changed) => this.#next(changed)
    let answer: unknown
    try {
      answer = this.#entry.run(context, next, this.#passage.scope)
      if (answer === this.#innerPromise && this.#misuse === undefined) {
        // `return next(context)`: no code of this middleware is left, so its outcome is the inner one's. (Or it called
        // no next and returned undefined: an answer as any other.)
        this.#returned = true
        return answer
      }
      if (isThenable(answer)) {
        const promise = answer instanceof Promise ? answer : Promise.resolve(answer)
        return promise.then(
          (value) => this.#endWithValue(value),
          (error: unknown) => this.#endWithError(error),
        )
      }
    } catch (error) {
      return this.#endWithError(error)
    }
    return this.#innerPromise === undefined ? this.#endWithValue(answer) : this.#endAfterInner(answer)
  }

  #next(context: RoutedContext): Promise<unknown> {
    if (this.#returned) return this.#rejectLateCall()
    if (this.#inner !== 'uncalled') return this.#rejectMisuse('called next() twice')
    const { entered, redirect } = this.#passage
    const problem = contextProblem(context)
    if (problem !== undefined) return this.#rejectMisuse(problem)
    if (this.#misuse !== undefined) return handled(Promise.reject(this.#misuse))
    const moved = context.service_id !== entered.service_id
    if (moved && redirect === undefined) {
      return this.#rejectMisuse('changed service_id, which a worker-side middleware cannot')
    }
    const routed = context.request_id === undefined ? { ...context, request_id: entered.request_id } : context
    this.#inner = 'running'
    this.#innerPromise = this.#start(routed, moved ? redirect : undefined)
    return this.#innerPromise
  }

  /** Runs what is inside and notes how it ends before the middleware can learn of it. */
  #start(context: RoutedContext, redirect: Redirect | undefined): Promise<unknown> {
    let result: unknown
    try {
      if (redirect === undefined) result = runFrom(this.#index + 1, context, this.#passage)
      else {
        this.#passage.track?.enter(COMPONENT)
        result = redirect(context)
      }
    } catch (error) {
      this.#noteEnd('failed', error)
      return handled(Promise.reject(error as Error))
    }
    if (!isThenable(result)) {
      this.#noteEnd('ok')
      return Promise.resolve(result)
    }
    const promise = result instanceof Promise ? result : Promise.resolve(result)
    promise.then(
      () => this.#noteEnd('ok'),
      (error: unknown) => this.#noteEnd('failed', error),
    )
    return promise
  }

  #noteEnd(inner: 'ok' | 'failed', error?: unknown): void {
    this.#inner = inner
    this.#innerError = error
    this.#passage.track?.enter(2 * this.#index + 2)
  }

  #endWithValue(value: unknown): unknown {
    this.#returned = true
    if (this.#inner === 'running') return this.#endAfterInner(value)
    if (this.#misuse !== undefined) throw this.#finalMisuse(undefined)
    return value
  }

  /**
   * For an answer given without waiting for `next`. It waits, since a worker runs one context at a time; and an error
   * that the middleware never saw cannot have been swallowed on purpose.
   */
  #endAfterInner(value: unknown): unknown {
    this.#returned = true
    return this.#innerPromise!.then(
      () => this.#endWithValue(value),
      (error: unknown) => {
        throw this.#misuse === undefined ? error : this.#finalMisuse(undefined)
      },
    )
  }

  #endWithError(error: unknown): unknown {
    this.#returned = true
    if (this.#inner === 'running') {
      const again = (): unknown => this.#endWithError(error)
      return this.#innerPromise!.then(again, again)
    }
    if (this.#misuse !== undefined) throw this.#finalMisuse(error)
    if (this.#inner !== 'failed') throw this.#ownError(error)
    const original = this.#innerError
    if (error === original) throw original
    if (error instanceof Error && error.cause === original && original !== undefined) throw this.#ownError(error)
    this.#passage.scope.log.warn(
      { middleware: this.#entry.name, error: describeThrown(error) },
      `Middleware "${this.#entry.name}" failed on the way back from another error`,
    )
    throw isTroupeError(original) ? addSuppressed(original, this.#entry.name, error) : original
  }

  /** An error the middleware itself ends the execution with. */
  #ownError(error: unknown): TroupeError {
    const outcome = this.#outcome()
    if (isTroupeError(error)) {
      // What the component did is a fact: thrown after it ran, "not started" would invite a second run.
      const contradicts = this.#inner === 'failed' ? error.outcome !== outcome : error.outcome === 'not_started'
      return this.#inner !== 'uncalled' && contradicts ? withOutcome(error, outcome) : error
    }
    return this.#failure(`failed: ${describeThrown(error).message}`, outcome, { cause: error })
  }

  #outcome(): ErrorOutcome {
    if (this.#inner === 'uncalled') return 'not_started'
    if (this.#inner === 'running') return 'unknown'
    return this.#inner === 'failed' && isTroupeError(this.#innerError) ? this.#innerError.outcome : 'failed'
  }

  #failure(message: string, outcome: ErrorOutcome, cause?: { cause: unknown }): TroupeError {
    const { entered } = this.#passage
    return new TroupeError('MIDDLEWARE_ERROR', `Middleware "${this.#entry.name}" ${message}`, {
      outcome,
      serviceId: entered.service_id,
      requestId: entered.request_id,
      details: { middleware: this.#entry.name, stage: this.#inner === 'uncalled' ? 'before' : 'after' },
      ...cause,
    })
  }

  #rejectMisuse(message: string): Promise<never> {
    const error = this.#failure(message, this.#outcome())
    this.#misuse ??= error
    return handled(Promise.reject(error))
  }

  #rejectLateCall(): Promise<never> {
    const error = this.#failure('called next() after it had returned', this.#outcome())
    this.#passage.scope.log.warn({ middleware: this.#entry.name }, error.message)
    return handled(Promise.reject(error))
  }

  /** The misuse with the outcome as it turned out, and what else went wrong as its cause. */
  #finalMisuse(thrown: unknown): TroupeError {
    const misuse = this.#misuse!
    const cause = this.#inner === 'failed' ? this.#innerError : thrown
    return withOutcome(misuse, this.#outcome(), cause === misuse ? undefined : cause)
  }
}
