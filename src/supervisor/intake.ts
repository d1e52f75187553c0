import type { Context, RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { Log } from '../contract/log.ts'
import type { ExecuteOptions } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import { describeThrown } from '../kernel/thrown.ts'
import { findUnclonable } from '../kernel/unclonable.ts'
import { followSignal } from './cancellation.ts'
import type { EventHub } from './event-hub.ts'
import { Execution, type ExecutionLimits } from './execution.ts'
import { type EndCode, endedInMiddleware } from './execution-errors.ts'
import type { LimitWatch } from './limit-watch.ts'
import type { Pool } from './pool.ts'
import { admit, afterProbe } from './quarantine.ts'
import { RequestIds } from './request-ids.ts'
import { type Router, route } from './router.ts'
import type { Service } from './service.ts'
import { SupervisorScope } from './supervisor-scope.ts'

/** What the intake needs of the supervisor around it. */
export interface IntakeHost {
  readonly router: Router
  readonly events: EventHub
  readonly log: Log
  readonly watch: LimitWatch
  /** Why nothing is accepted any more, if so. */
  refusal(): TroupeError | undefined
  pool(service: Service): Pool
  /** Whether the service's supervisor-side middleware is the user's own, and may change what it is given. */
  mayMutate(service: Service): boolean
  childLog(fields: Readonly<Record<string, unknown>>): Log
}

type Settle = (outcome: Outcome) => void

/** Accepts contexts: routes each, bounds it, runs supervisor-side middleware around it, and settles its caller once. */
export class Intake {
  readonly #host: IntakeHost
  readonly #ids = new RequestIds()

  constructor(host: IntakeHost) {
    this.#host = host
  }

  /** A callback of the caller's as one that disturbs nothing: what it throws is logged. */
  guarded<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        callback(...args)
      } catch (error) {
        this.#host.log.error({ err: describeThrown(error) }, 'A progress callback failed')
      }
    }
  }

  /** Whether a context would find room in its mailbox, or be refused for another reason. */
  hasRoom(context: unknown): boolean {
    const service = this.#peek(context)
    return !service || this.#host.pool(service).mailbox(service).hasRoom
  }

  /** Calls `listener` once there is room for such a context. */
  whenRoom(context: unknown, listener: () => void): void {
    const service = this.#peek(context)
    if (service) this.#host.pool(service).mailbox(service).whenRoom(listener)
    else queueMicrotask(listener)
  }

  #peek(context: unknown): Service | undefined {
    try {
      if (typeof context !== 'object' || context === null || !Object.hasOwn(context, 'service_id')) return undefined
      return this.#host.router.get((context as Context).service_id)
    } catch {
      // A getter or a Proxy threw: the context is refused when it is submitted.
      return undefined
    }
  }

  /** Takes a context in; `settle` hears its outcome exactly once. Never throws for the context's sake. */
  submit(context: Context, options: ExecuteOptions, settle: Settle): void {
    try {
      const execution = this.#accept(context, options, settle)
      if (execution.service.chain) this.#runChain(execution)
      else this.#host.pool(execution.service).enqueue(execution)
    } catch (error) {
      settle({ ok: false, error: error instanceof TroupeError ? error : unreadable(error) })
    }
  }

  #accept(given: Context, options: ExecuteOptions, settle: Settle): Execution {
    const refusal = this.#host.refusal()
    if (refusal) throw refusal
    const service = route(this.#host.router, given)
    const context = this.#ids.fillIn(given)
    const about = { serviceId: service.plan.id, requestId: context.request_id }
    if (options.signal?.aborted) {
      throw new TroupeError('CANCELLED', `Execution of ${service.plan.id} was cancelled before it was accepted`, about)
    }
    this.#enter(service, about)
    const execution = new Execution(
      context,
      service,
      this.#limits(service, options),
      (outcome) => this.#settled(execution, outcome, settle),
      options.onProgress && this.guarded(options.onProgress),
    )
    execution.isProbe = service.quarantine.state === 'probing'
    service.countAccepted()
    this.#host.watch.add(execution)
    if (options.signal) {
      execution.unfollow = followSignal(options.signal, {
        cancel: () => this.cancel(execution, 'CANCELLED', 'was cancelled'),
      })
    }
    this.#host.events.emit('context:accepted', () => about)
    return execution
  }

  /** Takes a place in a service's mailbox, unless the service is quarantined. */
  #enter(service: Service, about: { serviceId: string; requestId: string }): void {
    if (service.quarantine.state !== 'none') {
      const { quarantine, admitted } = admit(service.quarantine, performance.now())
      if (!admitted) {
        const why = `Service ${service.plan.id} took down too many workers and is not run for now`
        throw new TroupeError('SERVICE_UNAVAILABLE', why, about)
      }
      service.quarantine = quarantine
    }
    const mailbox = this.#host.pool(service).mailbox(service)
    if (mailbox.reserve()) return
    const message = `Mailbox of ${service.plan.id} is full (${mailbox.capacity} contexts); try again later, or use executeMany or stream, which wait`
    throw new TroupeError('MAILBOX_FULL', message, { ...about, details: { capacity: mailbox.capacity } })
  }

  #limits(service: Service, options: ExecuteOptions): ExecutionLimits {
    const deadlineMs = options.deadlineMs ?? service.plan.deadlineMs
    return {
      timeoutMs: options.timeoutMs ?? service.plan.timeoutMs,
      deadlineAt: deadlineMs === undefined ? Infinity : performance.now() + deadlineMs,
    }
  }

  #runChain(execution: Execution): void {
    try {
      // Code of the user's may change what it is given, and the caller's object must not change.
      const context = this.#host.mayMutate(execution.service) ? cloned(execution) : execution.context
      Promise.resolve(this.#passChain(execution, context)).then(
        (value) => execution.settle({ ok: true, value }),
        (error: unknown) => execution.settle({ ok: false, error: asTroupeError(execution, error) }),
      )
    } catch (error) {
      execution.settle({ ok: false, error: asTroupeError(execution, error) })
    }
  }

  #passChain(execution: Execution, context: RoutedContext): unknown {
    return execution.service.chain!(
      context,
      (routed) => this.#enqueueAndAwait(execution, routed),
      new SupervisorScope(execution, this.#host.log, (fields) => this.#host.childLog(fields)),
      execution,
      (routed) => this.#redirect(execution, routed),
    )
  }

  #enqueueAndAwait(execution: Execution, routed: RoutedContext): Promise<unknown> {
    if (execution.isSettled) {
      return Promise.reject(execution.error('CANCELLED', 'The execution has settled already'))
    }
    execution.context = routed
    const run = execution.awaitRun()
    this.#host.pool(execution.service).enqueue(execution)
    return run
  }

  /** Sends a context whose service a middleware changed through the target's whole chain, once. */
  async #redirect(execution: Execution, routed: RoutedContext): Promise<unknown> {
    if (execution.isSettled) throw execution.error('CANCELLED', 'The execution has settled already')
    if (execution.redirected) {
      const message = `Middleware sent a context on to ${routed.service_id} that had been sent on to ${execution.service.plan.id} already; a context can be sent on once`
      throw execution.error('MIDDLEWARE_ERROR', message, { outcome: 'not_started' })
    }
    const target = route(this.#host.router, routed)
    this.#enter(target, { serviceId: target.plan.id, requestId: routed.request_id })
    this.#giveBackPlace(execution)
    execution.service.countMoved(target)
    execution.redirected = true
    execution.holdsPlace = true
    execution.service = target
    execution.isProbe = target.quarantine.state === 'probing'
    execution.context = routed
    if (!target.chain) return await this.#enqueueAndAwait(execution, routed)
    return await this.#passChain(execution, routed)
  }

  /** Ends an execution wherever it is. */
  cancel(execution: Execution, code: EndCode, why: string, now = performance.now()): void {
    if (execution.phase !== 'middleware') {
      this.#host.pool(execution.service).withdraw(execution, code, why, now)
      // Middleware hears of the end, but the caller does not wait for what it makes of it.
      if (execution.run) execution.settle(execution.run)
      return
    }
    execution.settle(endedInMiddleware(execution, code, why))
  }

  #giveBackPlace(execution: Execution): void {
    if (!execution.holdsPlace) return
    execution.holdsPlace = false
    this.#host.pool(execution.service).mailbox(execution.service).release()
  }

  #settled(execution: Execution, outcome: Outcome, settle: Settle): void {
    this.#giveBackPlace(execution)
    if (execution.isProbe) execution.service.quarantine = afterProbe('never ran', performance.now())
    const error = outcome.ok ? undefined : outcome.error
    execution.service.countSettled(error)
    this.#host.watch.settled(execution)
    this.#host.events.emit('context:settled', () => ({
      serviceId: execution.service.plan.id,
      requestId: execution.context.request_id,
      ok: outcome.ok,
      error,
    }))
    settle(outcome)
  }
}

/** What a context is refused with that cannot even be read. */
function unreadable(cause: unknown): TroupeError {
  return new TroupeError('CONTEXT_INVALID', `A context cannot be read: ${describeThrown(cause).message}`, { cause })
}

function cloned(execution: Execution): RoutedContext {
  try {
    return structuredClone(execution.context)
  } catch (cause) {
    const { path, what } = findUnclonable(execution.context, 'context')
    const message = `Context for ${execution.service.plan.id} cannot cross a thread: ${path} is ${what}; pass plain values`
    throw execution.error('INPUT_NOT_SERIALIZABLE', message, { cause, details: { path, what } })
  }
}

function asTroupeError(execution: Execution, error: unknown): TroupeError {
  if (error instanceof TroupeError) return error
  const { message } = describeThrown(error)
  return execution.error('MIDDLEWARE_ERROR', `Middleware of ${execution.service.plan.id} failed: ${message}`, {
    cause: error,
  })
}
