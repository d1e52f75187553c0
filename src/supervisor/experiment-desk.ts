import type { Context } from '../contract/context.ts'
import type { ExperimentHost, SliceOutcome } from '../contract/experiment-host.ts'
import { EXPERIMENT_SHARE, type ExperimentSetup, type SliceContext } from '../contract/experiment-slice.ts'
import { TroupeError } from '../contract/errors.ts'
import type { Plan } from '../contract/plan.ts'
import { admitPastQuarantine } from './admission.ts'
import { followSignal } from './cancellation.ts'
import { ChainRunner } from './chain-runner.ts'
import { Execution } from './execution.ts'
import type { Intake } from './intake.ts'
import type { IntakeHost } from './intake-host.ts'
import { route } from './router.ts'
import type { Share, Shares } from './shares.ts'

const NO_LIMITS = { timeoutMs: undefined, deadlineAt: Infinity }

/** What the desk needs of the runtime around it. */
export interface DeskRuntime {
  readonly plan: Plan
  readonly intake: Intake
  readonly host: IntakeHost
  /** What lanes that are opened later are told of experiments. */
  readonly experimentShares: Shares
  share(share: Share): void
}

/** Where experiments meet one version of the configuration: runs their slices, and middleware once around each. */
export class ExperimentDesk implements ExperimentHost {
  readonly #runtime: DeskRuntime
  readonly #chains: ChainRunner
  /** What is to be run inside the middleware around an experiment, until that begins. */
  readonly #works = new Map<Execution, () => Promise<unknown>>()

  constructor(runtime: DeskRuntime) {
    this.#runtime = runtime
    this.#chains = new ChainRunner(
      runtime.host,
      (execution, _target, { service_id: target }) => {
        const message = `Middleware sent an experiment of ${execution.service.plan.id} on to ${target}; an experiment keeps its service`
        return Promise.reject(execution.error('MIDDLEWARE_ERROR', message, { outcome: 'not_started' }))
      },
      (execution) => this.#begin(execution),
    )
  }

  get plan(): Plan {
    return this.#runtime.plan
  }

  get source(): string | undefined {
    return this.#runtime.plan.source
  }

  get log() {
    return this.#runtime.host.log
  }

  share(key: string, setup: ExperimentSetup | undefined): void {
    const { experimentShares: shares } = this.#runtime
    const name = EXPERIMENT_SHARE + key
    if (setup !== undefined) this.#runtime.share(shares.put(name, setup))
    else if (shares.drop(name)) this.#runtime.share({ name, value: undefined })
  }

  execute(context: Context, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#runtime.intake.submit(context, { signal }, resolve, reject)
    })
  }

  async around(
    context: Context,
    work: (signal: AbortSignal) => Promise<unknown>,
    stop: AbortSignal | undefined,
  ): Promise<unknown> {
    const { host, intake } = this.#runtime
    const service = this.#admit(context)
    return await new Promise((resolve, reject) => {
      const execution = new Execution(intake.withRequestId(context), service, NO_LIMITS, intake, resolve, reject)
      execution.holdsPlace = false
      host.watch.hold(execution)
      this.#accepted(execution)
      const { signal } = execution
      if (service.chain) {
        this.#endBefore(execution, stop)
        this.#works.set(execution, () => work(signal))
        signal.addEventListener('abort', () => this.#works.delete(execution))
        this.#chains.run(execution, {})
      } else if (!service.watchers || this.#chains.watch(execution, service.watchers)) {
        work(signal).then(
          (value) => execution.settle({ ok: true, value }),
          (error: TroupeError) => execution.settle({ ok: false, error }),
        )
      }
    }).finally(() => this.#forgetSettled())
  }

  /** Work that has begun ends by itself at `stop`; middleware that has not come to it yet is not waited for. */
  #endBefore(execution: Execution, stop: AbortSignal | undefined): void {
    if (stop === undefined) return
    execution.unfollow = followSignal(stop, {
      cancel: (reason) => {
        if (!this.#works.has(execution)) return
        this.#runtime.intake.cancel(execution, 'CANCELLED', 'was cancelled', performance.now(), reason)
      },
    })
  }

  /** Begins the work inside the middleware: from now on it says itself how it ends. */
  #begin(execution: Execution): Promise<unknown> {
    const work = this.#works.get(execution)!
    this.#works.delete(execution)
    return work()
  }

  #accepted(execution: Execution): void {
    const { service, requestId } = execution
    const { events } = this.#runtime.host
    service.countAccepted()
    if (!events.hears('context:accepted')) return
    events.emit('context:accepted', () => ({ serviceId: service.plan.id, requestId }))
  }

  #forgetSettled(): void {
    for (const execution of this.#works.keys()) if (execution.isSettled) this.#works.delete(execution)
  }

  runSlice(context: SliceContext, signal: AbortSignal): Promise<SliceOutcome> {
    const { host, intake } = this.#runtime
    return new Promise((resolve) => {
      const fail = (error: TroupeError) => resolve({ ok: false, error, turn: execution?.turn ?? 0 })
      let execution: Execution | undefined
      try {
        const service = this.#admit(context)
        const isProbe = admitPastQuarantine(service, context)
        const pool = host.pool(service)
        pool.mailbox(service, context).reserveAnyway(0)
        execution = new Execution(
          context,
          service,
          { timeoutMs: service.plan.timeoutMs, deadlineAt: Infinity },
          intake,
          (value: unknown) => resolve({ ok: true, value }),
          fail,
        )
        execution.turn = 0
        if (isProbe) execution.isProbe = true
        const accepted = execution
        host.watch.addUnbounded(1)
        this.#accepted(accepted)
        execution.unfollow = followSignal(signal, {
          cancel: (reason) =>
            intake.cancel(accepted, 'CANCELLED', 'was cancelled with its experiment', performance.now(), reason),
        })
        pool.enqueue(execution)
      } catch (error) {
        fail(error as TroupeError)
      }
    })
  }

  #admit(context: Context) {
    const refusal = this.#runtime.host.refusal()
    if (refusal) throw refusal
    const service = route(this.#runtime.host.router, context)
    if (!service.plan.actor) return service
    const message = `Service ${service.plan.id} has actors, which keep what earlier calls left: an experiment needs runs that depend on nothing else`
    throw new TroupeError('CONTEXT_INVALID', message, { serviceId: service.plan.id })
  }
}
