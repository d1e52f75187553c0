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
import { type RandomStream, streamOfRequest, streamOfSeed } from '../numerics/random-stream.ts'
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

/** The scope of one execution in a lane. Nothing but five fields is made until a member is touched. */
export class WorkerScope implements Scope, SchemaCheckingScope {
  readonly side = 'worker'
  readonly #lane: LaneScope
  readonly #context: RoutedContext
  readonly #service: number
  readonly #sequence: number
  #log: Log | undefined
  #stream: RandomStream | undefined
  #shared: SharedValues | undefined
  #progressAt = -Infinity
  #checked = false
  #cancellation: TroupeError | undefined

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
    this.#log ??= createLog(this.#lane.logThreshold, (level, fields, message) =>
      this.#lane.records.push(level, fields, message, this.#service, this.requestId),
    )
    return this.#log
  }

  get signal(): AbortSignal {
    let controller = this.#lane.controllers.get(this.#sequence)
    if (!controller) {
      controller = new AbortController()
      this.#lane.controllers.set(this.#sequence, controller)
      if (this.#lane.marks.isCancelled(this.#sequence)) controller.abort(this.#cancelled())
    }
    return controller.signal
  }

  throwIfCancelled(): void {
    if (this.#lane.marks.isCancelled(this.#sequence)) throw this.#cancelled()
  }

  random(): number {
    return this.#randomStream().random()
  }

  normals(target: Float64Array): Float64Array {
    return this.#randomStream().normals(target)
  }

  shared<Value>(name: string): Value {
    this.#shared ??= this.#lane.shared
    return this.#shared.get(name) as Value
  }

  progress(fraction: number, note?: string): void {
    const now = performance.now()
    if (now - this.#progressAt < PROGRESS_INTERVAL_MS) return
    this.#progressAt = now
    this.#lane.post({ type: 'progress', sequence: this.#sequence, ...progressReport(fraction, note) })
  }

  /** Turns on the checks of the component's own schemas for this execution. */
  checkSchemas(): void {
    this.#checked = true
  }

  get checksSchemas(): boolean {
    return this.#checked
  }

  /** Whether `error` is the one that this scope's `throwIfCancelled` or `signal` raised. */
  isOwnCancellation(error: unknown): error is TroupeError {
    return error !== undefined && error === this.#cancellation
  }

  #cancelled(): TroupeError {
    this.#cancellation ??= new TroupeError('CANCELLED', `Execution of ${this.serviceId} was cancelled while it ran`, {
      outcome: 'failed',
      serviceId: this.serviceId,
      requestId: this.requestId,
    })
    return this.#cancellation
  }

  #randomStream(): RandomStream {
    const seed = this.#context['seed']
    this.#stream ??= Number.isSafeInteger(seed)
      ? streamOfSeed(seed as number)
      : streamOfRequest(this.serviceId, this.requestId)
    return this.#stream
  }
}
