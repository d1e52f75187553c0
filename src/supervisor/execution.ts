import type { RoutedContext } from '../contract/context.ts'
import type { ErrorCode, ErrorFields } from '../contract/errors.ts'
import { TroupeError } from '../contract/errors.ts'
import type { Progress } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import { type Stage, stageName } from '../kernel/stage.ts'
import type { Service } from './service.ts'

/** Where an execution is: in supervisor-side middleware, in a mailbox, in flight on a lane, or settled. */
export type Phase = 'middleware' | 'waiting' | 'in_flight' | 'settled'

/** What bounds an execution, in milliseconds; `deadlineAt` is a time of the monotonic clock. */
export interface ExecutionLimits {
  readonly timeoutMs: number | undefined
  readonly deadlineAt: number
}

/** One context on its way: what is known of it until its caller has been settled, and no longer. */
export class Execution {
  /** The context as middleware left it; the caller's own where there is none. */
  context: RoutedContext
  service: Service
  limits: ExecutionLimits
  phase: Phase = 'middleware'
  /** Which part of the supervisor-side middleware runs, and until when it may. */
  stage: Stage = 0
  stageUntil = Infinity
  /** Whether a middleware has sent it to another service already. */
  redirected = false
  /** Whether it holds a place in its service's mailbox that nothing but its end would give back. */
  holdsPlace = true
  /** Whether it shows if a quarantined service can be trusted again. */
  isProbe = false
  /** How much of the time since its mark went into loading its service, which no limit of its own counts. */
  loadingMs = 0
  /** Whether its long run has been logged. */
  warned = false
  /** While it is in flight: the seat that holds it, and its sequence there. */
  holder: object | undefined
  sequence = 0
  /** How its run ended, once it has: what the middleware around it was handed. */
  run: Outcome | undefined
  /** The context as it was accepted. */
  readonly original: RoutedContext
  readonly onProgress: ((progress: Progress) => void) | undefined
  /** Stops following the caller's signal. */
  unfollow: (() => void) | undefined
  readonly #onSettled: (outcome: Outcome, execution: Execution) => void
  #inner: { resolve(value: unknown): void; reject(error: TroupeError): void } | undefined
  #controller: AbortController | undefined

  constructor(
    context: RoutedContext,
    service: Service,
    limits: ExecutionLimits,
    onSettled: (outcome: Outcome, execution: Execution) => void,
    onProgress: ((progress: Progress) => void) | undefined,
  ) {
    this.context = context
    this.original = context
    this.service = service
    this.limits = limits
    this.onProgress = onProgress
    this.#onSettled = onSettled
  }

  get isSettled(): boolean {
    return this.phase === 'settled'
  }

  /** Aborts when the execution has settled with an error; for middleware on this side. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  /** Resolves with what the run comes to, for the middleware around it. */
  awaitRun(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#inner = { resolve, reject }
    })
  }

  /** Hands over how the run ended: to the middleware around it, or to the caller. */
  deliver(outcome: Outcome): void {
    const inner = this.#inner
    if (!inner) {
      this.settle(outcome)
      return
    }
    this.#inner = undefined
    this.phase = 'middleware'
    this.run = outcome
    if (outcome.ok) inner.resolve(outcome.value)
    else inner.reject(outcome.error)
  }

  /** Settles the caller; whatever comes after the first time is dropped. */
  settle(outcome: Outcome): void {
    if (this.phase === 'settled') return
    this.phase = 'settled'
    this.unfollow?.()
    if (!outcome.ok) this.#controller?.abort(outcome.error)
    this.#onSettled(outcome, this)
  }

  /** Follows the supervisor-side middleware; the runner calls it. */
  enter(stage: Stage): void {
    this.stage = stage
    this.stageUntil =
      stage > 0 && this.limits.timeoutMs !== undefined ? performance.now() + this.limits.timeoutMs : Infinity
  }

  get stageName(): string {
    return stageName(this.stage, this.service.middlewareNames, [])
  }

  /** The name of a stage of its run in a lane. */
  laneStageName(stage: Stage): string {
    const { plan, workerMiddlewareNames } = this.service
    return stageName(
      stage,
      workerMiddlewareNames,
      plan.steps.map((step) => step.name),
    )
  }

  /** An error about this execution. */
  error(code: ErrorCode, message: string, fields?: ErrorFields): TroupeError {
    return new TroupeError(code, message, {
      serviceId: this.service.plan.id,
      requestId: this.context.request_id,
      ...fields,
    })
  }
}
