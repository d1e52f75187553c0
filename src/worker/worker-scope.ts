import type { RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { Log } from '../contract/log.ts'
import type { FromLane } from '../contract/messages.ts'
import type { Scope } from '../contract/scope.ts'
import { createLog } from '../kernel/create-log.ts'
import type { LaneMarks } from '../kernel/lane-marks.ts'
import { PROGRESS_INTERVAL_MS, progressReport } from '../kernel/progress-report.ts'
import type { SchemaCheckingScope } from '../kernel/schema-checking-scope.ts'
import type { SharedValues } from '../kernel/shared-values.ts'
import { type RandomStream, streamOfContext } from '../numerics/random-stream.ts'
import type { LogThreshold } from '../contract/log.ts'
import type { RecordBuffer } from './record-buffer.ts'

/** What every scope of one lane has in common. */
export interface LaneScope {
  readonly worker: number
  readonly marks: LaneMarks
  readonly records: RecordBuffer
  readonly logThreshold: LogThreshold
  /** Posts to the supervisor; throws what structured clone throws, and then nothing was posted. */
  readonly post: (message: FromLane, transfers?: readonly ArrayBuffer[]) => void
  /** The controllers behind the signals that components took, by sequence. */
  readonly controllers: Map<number, AbortController>
  /** What the program has shared so far. */
  shared: SharedValues
}

/** What few executions touch. */
interface Extras {
  log: Log | undefined
  progressAt: number
  checked: boolean
  cancellation: TroupeError | undefined
}

/**
 * The scope of one execution in a lane. There is one for each run of an experiment too, so it is made of few fields, by
 * a constructor that is small enough to be compiled into the loop around it; the rest is made when a member is touched.
 */
export class WorkerScope implements Scope, SchemaCheckingScope {
  readonly #lane: LaneScope
  readonly #context: RoutedContext
  readonly #service: number
  readonly #sequence: number
  #shared: SharedValues | undefined
  #stream: RandomStream | undefined
  #extras: Extras | undefined

  /** @param shared Of a run of an experiment, what it can read by name; and where its random numbers come from. */
  constructor(
    lane: LaneScope,
    context: RoutedContext,
    service: number,
    sequence: number,
    shared?: SharedValues,
    stream?: RandomStream,
  ) {
    this.#lane = lane
    this.#context = context
    this.#service = service
    this.#sequence = sequence
    this.#shared = shared
    this.#stream = stream
    this.#extras = undefined
  }

  get side(): 'worker' {
    return 'worker'
  }

  get worker(): number {
    return this.#lane.worker
  }

  get serviceId(): string {
    return this.#context.service_id
  }

  get requestId(): string {
    return this.#context.request_id
  }

  get attempt(): number {
    return this.#lane.marks.attemptsBefore(this.#sequence) + 1
  }

  get log(): Log {
    const { records, logThreshold } = this.#lane
    return (WorkerScope.#extrasOf(this).log ??= createLog(logThreshold, (level, fields, message) =>
      records.push(level, fields, message, this.#service, this.requestId),
    ))
  }

  get signal(): AbortSignal {
    let controller = this.#lane.controllers.get(this.#sequence)
    if (!controller) {
      controller = new AbortController()
      this.#lane.controllers.set(this.#sequence, controller)
      if (this.#lane.marks.isCancelled(this.#sequence)) controller.abort(WorkerScope.#cancelled(this))
    }
    return controller.signal
  }

  throwIfCancelled(): void {
    if (this.#lane.marks.isCancelled(this.#sequence)) throw WorkerScope.#cancelled(this)
  }

  random(): number {
    return (this.#stream ??= streamOfContext(this.#context)).random()
  }

  normals(target: Float64Array): Float64Array {
    return (this.#stream ??= streamOfContext(this.#context)).normals(target)
  }

  shared<Value>(name: string): Value {
    this.#shared ??= this.#lane.shared
    return this.#shared.get(name) as Value
  }

  progress(fraction: number, note?: string): void {
    const now = performance.now()
    const extras = WorkerScope.#extrasOf(this)
    if (now - extras.progressAt < PROGRESS_INTERVAL_MS) return
    extras.progressAt = now
    this.#lane.post({ type: 'progress', sequence: this.#sequence, ...progressReport(fraction, note) })
  }

  /** Turns on the checks of the component's own schemas for this execution. */
  checkSchemas(): void {
    WorkerScope.#extrasOf(this).checked = true
  }

  get checksSchemas(): boolean {
    return this.#extras !== undefined && this.#extras.checked
  }

  /** Whether `error` is the one that this scope's `throwIfCancelled` or `signal` raised. */
  isOwnCancellation(error: unknown): error is TroupeError {
    return error !== undefined && error === this.#extras?.cancellation
  }

  // Static: a class with private methods of its own marks each of its objects as one that has them.

  static #extrasOf(scope: WorkerScope): Extras {
    return (scope.#extras ??= { log: undefined, progressAt: -Infinity, checked: false, cancellation: undefined })
  }

  static #cancelled(scope: WorkerScope): TroupeError {
    const { serviceId, requestId } = scope
    const message = `Execution of ${serviceId} was cancelled while it ran`
    return (WorkerScope.#extrasOf(scope).cancellation ??= new TroupeError('CANCELLED', message, {
      outcome: 'failed',
      serviceId,
      requestId,
    }))
  }
}
