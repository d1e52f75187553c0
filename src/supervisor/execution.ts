import type { RoutedContext } from '../contract/context.ts'
import type { ErrorCode, ErrorFields } from '../contract/errors.ts'
import { TroupeError } from '../contract/errors.ts'
import type { ExecuteOptions, Progress } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Place } from '../kernel/linked-set.ts'
import type { Stage } from '../kernel/stage.ts'
import type { Watched } from '../kernel/watched.ts'
import type { AttemptRecord } from './attempt-record.ts'
import { type Reject, type Resolve, type Settle, tellCaller } from './caller.ts'
import { type Company, makeCompany } from './company.ts'
import type { ExecutionLimits } from './execution-limits.ts'
import type { Service } from './service.ts'

/** Where an execution is: in supervisor-side middleware, in a mailbox, in flight on a lane, between two attempts, or settled. */
export type Phase = 'middleware' | 'waiting' | 'in_flight' | 'between_attempts' | 'settled'

/** Hears of each execution when it settles, before its caller does. */
export interface ExecutionHost {
  settled(execution: Execution, outcome: Outcome): void
}

/**
 * One context on its way: what is known of it until its caller has been settled, and no longer. There is one for each
 * context that waits, by the hundred thousand, so what few of them need is made when it is needed.
 */
export class Execution {
  /** The context as middleware left it; the caller's own where there is none. */
  context: RoutedContext
  /** Read once: a getter may say something else later, or throw. */
  readonly requestId: string
  service: Service
  limits: ExecutionLimits
  phase: Phase = 'middleware'
  /** Whether it holds a place in its service's mailbox that nothing but its end would give back. */
  holdsPlace = true
  /** While it is in flight: the seat that holds it, and its sequence there. */
  holder: object | undefined = undefined
  sequence = 0
  /** Middleware that only looks, and hears how it ends before its caller does. */
  watched: Watched | undefined = undefined
  readonly #host: ExecutionHost
  readonly #settle: Settle | Resolve
  readonly #index: number | Reject
  #company: Company<Execution> | undefined = undefined

  constructor(
    context: RoutedContext,
    service: Service,
    limits: ExecutionLimits,
    host: ExecutionHost,
    settle: Settle | Resolve,
    index: number | Reject,
    requestId = context.request_id,
  ) {
    this.context = context
    this.requestId = requestId
    this.service = service
    this.limits = limits
    this.#host = host
    this.#settle = settle
    this.#index = index
  }

  /** Made on first use; what is only read goes through `#company` and its defaults. */
  #withCompany(): Company<Execution> {
    this.#company ??= makeCompany()
    return this.#company
  }

  /** Whether it shows if a quarantined service can be trusted again. */
  get isProbe(): boolean {
    return this.#company?.isProbe ?? false
  }

  set isProbe(isProbe: boolean) {
    if (isProbe !== this.isProbe) this.#withCompany().isProbe = isProbe
  }

  /** Its place among the executions that have supervisor-side middleware around them. */
  get place(): Place<Execution> | undefined {
    return this.#company?.place
  }

  set place(place: Place<Execution>) {
    this.#withCompany().place = place
  }

  /** What its attempts have come to, where its service tries again or has a circuit. */
  get attempts(): AttemptRecord | undefined {
    return this.#company?.attempts
  }

  set attempts(record: AttemptRecord) {
    this.#withCompany().attempts = record
  }

  /** Of a slice of an experiment, and of no other: at which of its runs it was when it ended. */
  get turn(): number | undefined {
    return this.#company?.turn
  }

  set turn(turn: number) {
    this.#withCompany().turn = turn
  }

  /** How its run ended, once it has: what the middleware around it was handed. */
  get run(): Outcome | undefined {
    return this.#company?.run
  }

  /** The context as it was accepted. */
  get original(): RoutedContext {
    return this.#company?.original ?? this.context
  }

  /** Which part of the supervisor-side middleware runs, and until when it may. */
  get stage(): Stage {
    return this.#company?.stage ?? 0
  }

  get stageUntil(): number {
    return this.#company?.stageUntil ?? Infinity
  }

  /** Whether a middleware has sent it to another service already. */
  get redirected(): boolean {
    return this.#company?.redirected ?? false
  }

  get onProgress(): ((progress: Progress) => void) | undefined {
    return this.#company?.onProgress
  }

  set onProgress(listener: (progress: Progress) => void) {
    this.#withCompany().onProgress = listener
  }

  /** The bytes of the buffers that its context came with, which its place in the mailbox accounts for. */
  get bufferBytes(): number {
    return this.#company?.bufferBytes ?? 0
  }

  set bufferBytes(bytes: number) {
    this.#withCompany().bufferBytes = bytes
  }

  /** Buffers that its context hands over: it can be sent once, and goes alone. */
  get transfers(): readonly ArrayBuffer[] | undefined {
    return this.#company?.transfers
  }

  set transfers(buffers: readonly ArrayBuffer[] | undefined) {
    if (buffers !== this.transfers) this.#withCompany().transfers = buffers
  }

  /** Says how to stop following the caller's signal. */
  set unfollow(stop: () => void) {
    this.#withCompany().unfollow = stop
  }

  /** Keeps the context as it is now, and what its caller asked for, before middleware changes where it goes. */
  keepOriginal(options: ExecuteOptions): void {
    this.#withCompany().original = this.context
    this.#withCompany().options = options
  }

  /** Whether its caller waits for room rather than hear that there is none. */
  get isPatient(): boolean {
    return this.#company?.isPatient ?? false
  }

  set isPatient(isPatient: boolean) {
    this.#withCompany().isPatient = isPatient
  }

  /** Goes over to the service that a middleware chose, whose limits now bound it, beside those of its caller. */
  redirect(service: Service, context: RoutedContext): void {
    const { timeoutMs, deadlineMs } = this.#withCompany().options ?? {}
    const own = deadlineMs === undefined ? service.plan.deadlineMs : undefined
    this.limits = {
      timeoutMs: timeoutMs ?? service.plan.timeoutMs,
      deadlineAt: Math.min(this.limits.deadlineAt, own === undefined ? Infinity : performance.now() + own),
    }
    this.#withCompany().redirected = true
    this.holdsPlace = true
    this.service = service
    this.context = context
  }

  get isSettled(): boolean {
    return this.phase === 'settled'
  }

  /** Aborts when the execution has settled with an error; for middleware on this side. */
  get signal(): AbortSignal {
    const company = this.#withCompany()
    company.controller ??= new AbortController()
    return company.controller.signal
  }

  /** Resolves with what the run comes to, for the middleware around it. */
  awaitRun(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#withCompany().inner = { resolve, reject }
    })
  }

  /** Hands over how the run ended: to the middleware around it, or to the caller. */
  deliver(outcome: Outcome): void {
    const company = this.#company
    const inner = company?.inner
    if (!company || !inner) {
      this.settle(outcome)
      return
    }
    company.inner = undefined
    this.phase = 'middleware'
    company.run = outcome
    if (outcome.ok) inner.resolve(outcome.value)
    else inner.reject(outcome.error)
  }

  /** Settles the caller; whatever comes after the first time is dropped. */
  settle(outcome: Outcome): void {
    if (this.phase === 'settled') return
    this.phase = 'settled'
    if (this.#company) {
      this.#company.unfollow?.()
      if (!outcome.ok) this.#company.controller?.abort(outcome.error)
    }
    const ended = this.watched ? this.watched.end(outcome, this.service.plan.id, this.requestId) : outcome
    this.#host.settled(this, ended)
    tellCaller(ended, this.#settle, this.#index)
  }

  /** Follows the supervisor-side middleware; the runner calls it. */
  enter(stage: Stage): void {
    const company = this.#withCompany()
    const { timeoutMs } = this.limits
    company.stage = stage
    company.stageUntil = stage > 0 && timeoutMs !== undefined ? performance.now() + timeoutMs : Infinity
  }

  /** An error about this execution. */
  error(code: ErrorCode, message: string, fields?: ErrorFields): TroupeError {
    return new TroupeError(code, message, { serviceId: this.service.plan.id, requestId: this.requestId, ...fields })
  }
}
