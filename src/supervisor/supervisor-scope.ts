import { TroupeError } from '../contract/errors.ts'
import type { Log } from '../contract/log.ts'
import type { Scope } from '../contract/scope.ts'
import { PROGRESS_INTERVAL_MS, progressReport } from '../kernel/progress-report.ts'
import type { SharedValues } from '../kernel/shared-values.ts'
import { type RandomStream, streamOfContext } from '../numerics/random-stream.ts'
import type { Execution } from './execution.ts'
import type { Shares } from './shares.ts'

/** What every scope of one supervisor has in common. */
export interface SupervisorScopeHost {
  readonly shares: Shares
  readonly log: Log
  childLog(fields: Readonly<Record<string, unknown>>): Log
}

/** The scope of supervisor-side middleware around one execution. Most of it is made when a member is touched. */
export class SupervisorScope implements Scope {
  readonly #execution: Execution
  readonly #host: SupervisorScopeHost
  #log: Log | undefined = undefined
  #stream: RandomStream | undefined = undefined
  #shared: SharedValues | undefined = undefined
  #progressAt: number | undefined = undefined

  constructor(execution: Execution, host: SupervisorScopeHost) {
    this.#execution = execution
    this.#host = host
  }

  get side(): 'supervisor' {
    return 'supervisor'
  }

  get worker(): number {
    return 0
  }

  get serviceId(): string {
    return this.#execution.service.plan.id
  }

  get requestId(): string {
    return this.#execution.context.request_id
  }

  get attempt(): number {
    const { attempts, run } = this.#execution
    const made = attempts?.made ?? 0
    return Math.max(run && !run.ok ? made : made + 1, 1)
  }

  get log(): Log {
    // Most middleware asks first whether its level is on, and then has nothing to say.
    const { log } = this.#host
    this.#log ??= log.isLevelEnabled('fatal')
      ? this.#host.childLog({ service_id: this.serviceId, request_id: this.requestId })
      : log
    return this.#log
  }

  get signal(): AbortSignal {
    return this.#execution.signal
  }

  throwIfCancelled(): void {
    if (!this.#execution.isSettled) return
    throw new TroupeError('CANCELLED', `Execution of ${this.serviceId} has settled already`, {
      serviceId: this.serviceId,
      requestId: this.requestId,
    })
  }

  random(): number {
    return (this.#stream ??= streamOfContext(this.#execution.context)).random()
  }

  normals(target: Float64Array): Float64Array {
    return (this.#stream ??= streamOfContext(this.#execution.context)).normals(target)
  }

  shared<Value>(name: string): Value {
    this.#shared ??= this.#host.shares.own
    return this.#shared.get(name) as Value
  }

  progress(fraction: number, note?: string): void {
    const { onProgress, isSettled } = this.#execution
    const now = performance.now()
    if (!onProgress || isSettled || now - (this.#progressAt ?? -Infinity) < PROGRESS_INTERVAL_MS) return
    this.#progressAt = now
    onProgress({ note: undefined, ...progressReport(fraction, note) })
  }
}
