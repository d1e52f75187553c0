import type { Context, RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { ExecuteOptions } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import { describeThrown } from '../kernel/thrown.ts'
import { type Probes, admitOrRelease } from './admission.ts'
import { makeAttemptRecord } from './attempt-record.ts'
import { followSignal } from './cancellation.ts'
import { type Reject, type Resolve, type Settle, tellCaller } from './caller.ts'
import { ChainRunner } from './chain-runner.ts'
import { Execution } from './execution.ts'
import { type EndCode, endedInMiddleware, mailboxFull, unreadable } from './execution-errors.ts'
import { limitsOf } from './execution-limits.ts'
import type { IntakeHost } from './intake-host.ts'
import { afterProbe } from './quarantine.ts'
import { RequestIds, checkRequestId } from './request-ids.ts'
import { route } from './router.ts'
import type { Service } from './service.ts'
import type { Span, SpanHost } from './span.ts'
import { promiseTransfers } from './transfers.ts'

/** Accepts contexts: routes each, bounds it, runs supervisor-side middleware around it, and settles its caller once. */
export class Intake implements SpanHost {
  readonly #host: IntakeHost
  readonly #ids = new RequestIds()
  readonly #chains: ChainRunner

  constructor(host: IntakeHost) {
    this.#host = host
    this.#chains = new ChainRunner(host, (execution, target, routed) => this.#moveTo(execution, target, routed))
  }

  /** A callback of the caller's as one that disturbs nothing: what it throws is logged. */
  guarded<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      try {
        callback(...args)
      } catch (error) {
        this.#host.log.error({ error: describeThrown(error) }, 'A progress callback failed')
      }
    }
  }

  /**
   * Takes a context in; `settle` hears its outcome, with `index`, exactly once; or they are the two ends of its caller's
   * promise. Never throws for the context's sake.
   *
   * @param whenRoom For a caller that waits: where the mailbox is full, nothing is taken in, `false` comes back, and
   *   this is called once there is room. Without it a full mailbox is an outcome.
   */
  submit(
    context: Context,
    options: ExecuteOptions,
    settle: Settle | Resolve,
    index: number | Reject,
    whenRoom?: () => void,
  ): boolean {
    try {
      const service = this.#admit(context, options)
      const pool = this.#host.pool(service)
      const mailbox = pool.mailbox(service, context)
      const buffers = service.weight.reserve(mailbox, context)
      if (buffers === undefined) {
        if (!whenRoom) throw mailboxFull(service, context)
        mailbox.whenRoom(whenRoom)
        return false
      }
      const probes = admitOrRelease(service, context, mailbox, buffers)
      const execution = this.#accept(service, context, options, settle, index, probes, buffers)
      if (whenRoom && service.chain) execution.isPatient = true
      const refused = promiseTransfers(execution, context)
      if (refused) execution.settle({ ok: false, error: refused })
      // Whoever heard that it was accepted may have cancelled it already.
      if (execution.isSettled) return true
      if (service.chain) this.#chains.run(execution, options)
      else if (!service.watchers || this.#chains.watch(execution, service.watchers)) pool.enqueue(execution)
    } catch (error) {
      tellCaller({ ok: false, error: error instanceof TroupeError ? error : unreadable(error) }, settle, index)
    }
    return true
  }

  /** Whether contexts of a batch may go the short way: nobody wants to hear of each, and they are accepted at all. */
  get allowsShortWay(): boolean {
    const { events } = this.#host
    return !events.hears('context:accepted') && !events.hears('context:settled') && !this.#host.refusal()
  }

  /** The service of this id, where contexts of a batch may go there the short way. */
  shortService(id: string): Service | undefined {
    const service = this.#host.router.get(id)
    return service?.isShort === true ? service : undefined
  }

  withRequestId(context: Context): RoutedContext {
    return this.#ids.fillIn(context)
  }

  /** Accepts the contexts that a span has taken in, `count` of them. */
  enqueueSpan(span: Span, count: number): void {
    span.service.countAccepted(count)
    this.#host.watch.addUnbounded(count)
    this.#host.pool(span.service).enqueueSpan(span, count)
  }

  settledShort(service: Service, count: number): boolean {
    if (this.#host.events.hears('context:settled')) return false
    service.countOk(count)
    this.#host.watch.settledUnbounded(count)
    return true
  }

  /** Whether supervisor-side middleware runs around the service of a context. */
  hasMiddleware(context: Context | undefined): boolean {
    try {
      return this.#host.router.get(context?.service_id ?? '')?.chain !== undefined
    } catch {
      return false
    }
  }

  /** The service of a context that may come in now. */
  #admit(context: Context, options: ExecuteOptions): Service {
    const refusal = this.#host.refusal()
    if (refusal) throw refusal
    const service = route(this.#host.router, context)
    checkRequestId(context)
    if (options.signal?.aborted) {
      const message = `Execution of ${service.plan.id} was cancelled before it was accepted`
      throw new TroupeError('CANCELLED', message, { ...aboutContext(service, context), cause: options.signal.reason })
    }
    return service
  }

  #accept(
    service: Service,
    given: Context,
    options: ExecuteOptions,
    settle: Settle | Resolve,
    index: number | Reject,
    probes: Probes | undefined,
    buffers: number,
  ): Execution {
    const context = this.#ids.fillIn(given)
    const execution = new Execution(context, service, limitsOf(service, options), this, settle, index)
    if (options.onProgress) execution.onProgress = this.guarded(options.onProgress)
    if (probes) probe(execution, probes)
    if (buffers > 0) execution.bufferBytes = buffers
    service.countAccepted()
    this.#host.watch.add(execution)
    if (options.signal) this.#follow(execution, options.signal)
    if (this.#host.events.hears('context:accepted')) this.#emitAccepted(execution)
    return execution
  }

  // What makes a closure has a method of its own: where it is made now and then, its scope would be made for each call.
  #follow(execution: Execution, signal: AbortSignal): void {
    execution.unfollow = followSignal(signal, {
      cancel: (reason) => this.cancel(execution, 'CANCELLED', 'was cancelled', performance.now(), reason),
    })
  }

  #emitAccepted(execution: Execution): void {
    this.#host.events.emit('context:accepted', () => idsOf(execution))
  }

  #emitSettled(execution: Execution, ok: boolean, error: TroupeError | undefined): void {
    this.#host.events.emit('context:settled', () => ({ ...idsOf(execution), ok, error }))
  }

  /** Moves an execution to the service a middleware sent it on to: into its mailbox, and past its quarantine. */
  async #moveTo(execution: Execution, target: Service, routed: RoutedContext): Promise<void> {
    const mailbox = this.#host.pool(target).mailbox(target, routed)
    let buffers = target.weight.reserve(mailbox, routed)
    while (buffers === undefined) {
      if (!execution.isPatient || execution.isSettled) throw mailboxFull(target, routed)
      await new Promise<void>((resolve) => mailbox.whenRoom(resolve))
      buffers = target.weight.reserve(mailbox, routed)
    }
    const bytes = buffers
    if (execution.isSettled) {
      mailbox.release(bytes)
      return
    }
    const probes = admitOrRelease(target, routed, mailbox, bytes)
    this.#giveBackPlace(execution)
    this.#endProbe(execution)
    execution.service.countMoved(target)
    execution.redirect(target, routed)
    execution.bufferBytes = bytes
    if (probes) probe(execution, probes)
    this.#host.watch.follow(execution)
  }

  /** Ends an execution wherever it is; `cause` is what its caller gave as the reason. */
  cancel(execution: Execution, code: EndCode, why: string, now = performance.now(), cause?: unknown): void {
    if (execution.phase !== 'middleware') {
      this.#host.pool(execution.service).withdraw(execution, code, why, now, cause)
      // Middleware hears of the end, but the caller does not wait for what it makes of it.
      if (execution.run) execution.settle(execution.run)
      return
    }
    execution.settle(endedInMiddleware(execution, code, why, cause))
  }

  /** A probe that never reached a lane says nothing of its service: the next context is the probe. */
  #endProbe(execution: Execution): void {
    const { attempts, service } = execution
    if (attempts?.probe !== undefined) {
      service.circuit?.lost(attempts.probe, performance.now())
      attempts.probe = undefined
    }
    if (!execution.isProbe) return
    execution.isProbe = false
    service.quarantine = afterProbe('never ran', performance.now())
  }

  #giveBackPlace(execution: Execution): void {
    if (!execution.holdsPlace) return
    execution.holdsPlace = false
    this.#host.pool(execution.service).mailbox(execution.service, execution.context).release(execution.bufferBytes)
  }

  /** Hears of each execution when it settles, before its caller does. */
  settled(execution: Execution, outcome: Outcome): void {
    if (execution.holdsPlace) this.#giveBackPlace(execution)
    this.#endProbe(execution)
    const error = outcome.ok ? undefined : outcome.error
    execution.service.countSettled(error)
    this.#host.watch.settled(execution)
    if (this.#host.events.hears('context:settled')) this.#emitSettled(execution, outcome.ok, error)
  }
}

function probe(execution: Execution, { quarantine, circuit }: Probes): void {
  if (quarantine) execution.isProbe = true
  if (circuit !== undefined) execution.attempts = { ...makeAttemptRecord(), probe: circuit }
}

function idsOf({ service, requestId }: Execution): { serviceId: string; requestId: string } {
  return { serviceId: service.plan.id, requestId }
}

function aboutContext(service: Service, context: Context): { serviceId: string; requestId: string } {
  return { serviceId: service.plan.id, requestId: context.request_id ?? '' }
}
