import type { ActorProxy, ActorScope as Contract } from '../contract/actor.ts'
import type { Context } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { Log } from '../contract/log.ts'
import type { ExecuteOptions } from '../contract/options.ts'
import { createActorProxy } from '../kernel/actor-proxy.ts'
import { createLog } from '../kernel/create-log.ts'
import { PROGRESS_INTERVAL_MS, progressReport } from '../kernel/progress-report.ts'
import type { TurnMarks } from '../kernel/turn-marks.ts'
import { type RandomStream, streamOfRequest } from '../numerics/random-stream.ts'
import type { ActorAsks } from './actor-asks.ts'
import type { ActorInstance } from './actor-instance.ts'
import type { LaneScope } from './worker-scope.ts'

/** What the scopes of one lane's actors have in common. */
export interface ActorLaneScope {
  readonly lane: LaneScope
  readonly marks: TurnMarks
  readonly asks: ActorAsks
  progress(slot: number, report: { readonly fraction: number; readonly note?: string }): void
}

/** The scope of one actor: what it says of a request is about the message that the actor handles now, if any. */
export class ActorScope implements Contract {
  readonly side = 'worker'
  readonly #shared: ActorLaneScope
  readonly #actor: ActorInstance
  readonly serviceId: string
  #log: Log | undefined
  #stream: RandomStream | undefined
  #progressAt = -Infinity

  constructor(shared: ActorLaneScope, actor: ActorInstance, serviceId: string) {
    this.#shared = shared
    this.#actor = actor
    this.serviceId = serviceId
  }

  get worker(): number {
    return this.#shared.lane.worker
  }

  get key(): string {
    return this.#actor.key
  }

  // A message is sent to an actor once.
  readonly attempt = 1

  get requestId(): string {
    return this.#actor.turn?.requestId ?? ''
  }

  get log(): Log {
    const { lane } = this.#shared
    this.#log ??= createLog(lane.logThreshold, (level, fields, message) =>
      lane.records.push(level, { ...fields, key: this.key }, message, this.#actor.service, this.requestId),
    )
    return this.#log
  }

  get signal(): AbortSignal {
    const { turn } = this.#actor
    // Between messages there is nothing to abort.
    if (!turn) return new AbortController().signal
    if (!turn.controller) {
      turn.controller = new AbortController()
      if (this.#shared.marks.isCancelled(turn.slot)) turn.controller.abort(this.#cancelled())
    }
    return turn.controller.signal
  }

  throwIfCancelled(): void {
    const { turn } = this.#actor
    if (turn && this.#shared.marks.isCancelled(turn.slot)) throw this.#cancelled()
  }

  random(): number {
    return this.#randomStream().random()
  }

  normals(target: Float64Array): Float64Array {
    return this.#randomStream().normals(target)
  }

  shared<Value>(name: string): Value {
    return this.#shared.lane.shared.get(name) as Value
  }

  progress(fraction: number, note?: string): void {
    const { turn } = this.#actor
    const now = performance.now()
    if (!turn || now - this.#progressAt < PROGRESS_INTERVAL_MS) return
    this.#progressAt = now
    this.#shared.progress(turn.slot, progressReport(fraction, note))
  }

  // Asynchronous for the sake of one form on both sides of the thread.
  async actor<T extends object>(serviceId: string, key: string): Promise<ActorProxy<T>> {
    return createActorProxy<T>({ serviceId, key }, (method, args) =>
      this.#shared.asks.call(this.#actor.id, { service_id: serviceId, key, data: args }, method),
    )
  }

  execute(context: Context, options: Pick<ExecuteOptions, 'timeoutMs' | 'deadlineMs'> = {}): Promise<unknown> {
    return this.#shared.asks.call(this.#actor.id, context, undefined, options)
  }

  #cancelled(): TroupeError {
    return new TroupeError('CANCELLED', `Message to ${this.serviceId}/${this.key} was cancelled while it was handled`, {
      outcome: 'failed',
      serviceId: this.serviceId,
      requestId: this.requestId,
    })
  }

  #randomStream(): RandomStream {
    this.#stream ??= streamOfRequest(this.serviceId, this.key)
    return this.#stream
  }
}
