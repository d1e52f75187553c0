import { TroupeError } from '../contract/errors.ts'
import type { Log } from '../contract/log.ts'
import type { Scope } from '../contract/scope.ts'
import { PROGRESS_INTERVAL_MS, progressReport } from '../kernel/progress-report.ts'
import type { SharedValues } from '../kernel/shared-values.ts'
import { type RandomStream, streamOfRequest, streamOfSeed } from '../numerics/random-stream.ts'
import type { Execution } from './execution.ts'
import type { Shares } from './shares.ts'

/** The scope of supervisor-side middleware around one execution. */
export class SupervisorScope implements Scope {
  readonly side = 'supervisor'
  readonly worker = 0
  readonly #execution: Execution
  readonly #rootLog: Log
  readonly #makeLog: (fields: Readonly<Record<string, unknown>>) => Log
  #log: Log | undefined
  #stream: RandomStream | undefined
  readonly #shares: Shares
  #shared: SharedValues | undefined
  #progressAt = -Infinity

  constructor(
    execution: Execution,
    shares: Shares,
    rootLog: Log,
    makeLog: (fields: Readonly<Record<string, unknown>>) => Log,
  ) {
    this.#shares = shares
    this.#execution = execution
    this.#rootLog = rootLog
    this.#makeLog = makeLog
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
    this.#log ??= this.#rootLog.isLevelEnabled('fatal')
      ? this.#makeLog({ service_id: this.serviceId, request_id: this.requestId })
      : this.#rootLog
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
    return this.#randomStream().random()
  }

  normals(target: Float64Array): Float64Array {
    return this.#randomStream().normals(target)
  }

  shared<Value>(name: string): Value {
    this.#shared ??= this.#shares.own
    return this.#shared.get(name) as Value
  }

  progress(fraction: number, note?: string): void {
    const { onProgress, isSettled } = this.#execution
    const now = performance.now()
    if (!onProgress || isSettled || now - this.#progressAt < PROGRESS_INTERVAL_MS) return
    this.#progressAt = now
    onProgress({ note: undefined, ...progressReport(fraction, note) })
  }

  #randomStream(): RandomStream {
    const seed = this.#execution.context['seed']
    this.#stream ??= Number.isSafeInteger(seed)
      ? streamOfSeed(seed as number)
      : streamOfRequest(this.serviceId, this.requestId)
    return this.#stream
  }
}
