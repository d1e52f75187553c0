import { types } from 'node:util'
import type { FromActors, TurnMessage, TurnReply } from '../contract/actor-messages.ts'
import type { RoutedContext } from '../contract/context.ts'
import { type ErrorFields, TroupeError, isTroupeError } from '../contract/errors.ts'
import type { WireError } from '../contract/wire-error.ts'
import { transfersOf } from '../contract/transfer.ts'
import { notExposed } from '../kernel/actor-proxy.ts'
import type { StreamStep } from '../kernel/actor-stream.ts'
import type { CallReply, ExposedEndpoint, TurnResult } from '../kernel/comlink.ts'
import { NEXT, RETURN } from '../kernel/exposed-methods.ts'
import { isThenable } from '../kernel/thenable.ts'
import { withOutcome } from '../kernel/thrown.ts'
import { transferProblem } from '../kernel/transfer-problem.ts'
import type { TurnMarks } from '../kernel/turn-marks.ts'
import { findUnclonable } from '../kernel/unclonable.ts'
import { fromWireError, toWireError } from '../kernel/wire-error.ts'
import { withoutStack } from '../kernel/without-stack.ts'
import type { ActorInstance, RunningTurn } from './actor-instance.ts'
import type { ServiceRunner } from './service-runner.ts'

type Post = (message: FromActors | TurnReply, transfers?: readonly ArrayBuffer[]) => void
type Vendor = typeof import('../kernel/comlink.ts')

/** Runs the messages to actors, each under its mark, and posts what became of them. */
export class ActorTurns {
  readonly #marks: TurnMarks
  readonly #post: Post
  readonly #runners: readonly ServiceRunner[]
  readonly #running = new Map<string, { readonly actor: ActorInstance; readonly turn: RunningTurn }>()
  /** How many turns the lane was sent. */
  heard = 0
  #streams = 0
  #vendor: Vendor | undefined
  /** Whose turn Comlink is being handed. */
  #current: ActorInstance | undefined

  constructor(marks: TurnMarks, post: Post, runners: readonly ServiceRunner[]) {
    this.#marks = marks
    this.#post = post
    this.#runners = runners
  }

  /** The endpoint for a class of actors. */
  async expose(methods: readonly string[]): Promise<ExposedEndpoint> {
    this.#vendor ??= await import('../kernel/comlink.ts')
    const { ExposedEndpoint } = this.#vendor
    return new ExposedEndpoint(
      [...methods, NEXT, RETURN],
      (method, args) => this.#invoke(this.#current!, method, args),
      (reply) => this.#reply(reply),
    )
  }

  get running(): { readonly heard: number; readonly slots: readonly number[] } {
    return { heard: this.heard, slots: Array.from(this.#running.values(), ({ turn }) => turn.slot) }
  }

  run(actor: ActorInstance, message: TurnMessage): void {
    const { slot, requestId, id, method, args } = message
    if (!this.#marks.begin(slot)) {
      this.#post({ type: 'skipped', slot })
      return
    }
    const turn: RunningTurn = { slot, requestId, id, began: performance.now(), controller: undefined }
    actor.turn = turn
    this.#running.set(id, { actor, turn })
    this.#current = actor
    const argumentList = [{ type: 'RAW', value: args }]
    const accepted = actor.type!.endpoint.receive({ id, type: 'APPLY', path: [method], argumentList })
    this.#current = undefined
    if (!accepted) this.#reply(this.#vendor!.throwReply(id, refusal(actor, method)))
  }

  cancel(slot: number): void {
    for (const { actor, turn } of this.#running.values()) {
      if (turn.slot === slot)
        turn.controller?.abort(new TroupeError('CANCELLED', `Message to ${nameOf(actor)} was cancelled`))
    }
  }

  /** Comlink calls this once for each turn, inside `run`. */
  #invoke(actor: ActorInstance, method: string, args: readonly unknown[]): unknown {
    const runner = this.#runners[actor.service]!
    const result =
      runner.plan.workerMiddleware.length === 0
        ? this.#call(actor, method, args)
        : runner.around(
            contextOf(actor, method, args),
            (routed) => this.#callRouted(actor, method, routed),
            actor.scope!,
          )
    if (!isThenable(result)) return this.#resultOf(actor, result)
    return Promise.resolve(result).then((value) => this.#resultOf(actor, value))
  }

  #callRouted(actor: ActorInstance, method: string, routed: RoutedContext): unknown {
    return this.#call(actor, method, method === 'execute' ? [routed] : (routed['data'] as readonly unknown[]))
  }

  #call(actor: ActorInstance, method: string, args: readonly unknown[]): unknown {
    if (method === NEXT) return this.#next(actor, args[0] as number)
    if (method === RETURN) return this.#return(actor, args[0] as number)
    try {
      const object = actor.object!
      const result = method === 'execute' ? object.execute!(args[0] as never, actor.scope!) : object[method]!(...args)
      if (!isThenable(result)) return result
      return Promise.resolve(result).catch((thrown: unknown) => {
        throw failure(actor, method, thrown)
      })
    } catch (thrown) {
      throw failure(actor, method, thrown)
    }
  }

  #resultOf(actor: ActorInstance, value: unknown): TurnResult {
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return { value }
    const iterate = (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator]
    if (typeof iterate !== 'function') return { value }
    const stream = ++this.#streams
    actor.streams ??= new Map()
    actor.streams.set(stream, Reflect.apply(iterate, value, []))
    return { stream }
  }

  async #next(actor: ActorInstance, stream: number): Promise<StreamStep> {
    const iterator = actor.streams?.get(stream)
    if (!iterator) throw streamEnded(actor)
    try {
      const { done = false, value } = await iterator.next()
      if (done) actor.streams?.delete(stream)
      return { done, value: done ? undefined : value }
    } catch (error) {
      actor.streams?.delete(stream)
      throw failure(actor, 'next', error)
    }
  }

  async #return(actor: ActorInstance, stream: number): Promise<void> {
    const iterator = actor.streams?.get(stream)
    actor.streams?.delete(stream)
    await iterator?.return?.()
  }

  /** Posts the reply that Comlink has for a turn. The turn is over before, since the post may wake who sends the next. */
  #reply(reply: CallReply): void {
    const found = this.#running.get(reply.id)
    if (!found) return
    const { actor, turn } = found
    this.#running.delete(reply.id)
    actor.turn = undefined
    const { slot, id } = turn
    const ms = performance.now() - turn.began
    if (reply.type !== 'RAW') {
      this.#post({ type: 'reply', slot, id, ms, error: errorOf(reply) })
      this.#marks.reply(slot)
      return
    }
    const result = reply.value as { readonly value?: unknown; readonly stream?: number }
    const transfers = transfersOf(result.value)
    try {
      if (transfers && transferProblem(transfers)) throw new TypeError('A buffer cannot be handed over')
      this.#post({ type: 'reply', slot, id, ms, ...result }, transfers)
    } catch (cause) {
      const error = toWireError(notSerializable(actor, turn, transfers, result.value, cause))
      this.#post({ type: 'reply', slot, id, ms, error })
    }
    this.#marks.reply(slot)
  }
}

/** The error that Comlink wrapped; one that is not of this runtime it took apart by itself. */
function errorOf({ value }: CallReply): WireError {
  const { troupe, value: plain } = value as { readonly troupe?: WireError; readonly value?: Partial<WireError> }
  return troupe ?? toWireError(new TroupeError('COMPONENT_FAILED', plain?.message ?? 'The call failed'))
}

function nameOf(actor: ActorInstance): string {
  return `${actor.type!.plan.id}/${actor.key}`
}

function contextOf(actor: ActorInstance, method: string, args: readonly unknown[]): RoutedContext {
  if (method === 'execute') return args[0] as RoutedContext
  const { key, turn } = actor
  return { service_id: actor.type!.plan.id, request_id: turn!.requestId, key, method, data: args }
}

function refusal(actor: ActorInstance, method: string): TroupeError {
  return notExposed({ serviceId: actor.type!.plan.id, key: actor.key }, method, actor.type!.methods)
}

function streamEnded(actor: ActorInstance): TroupeError {
  const message = `The stream of ${nameOf(actor)} has ended with the instance that it came from`
  return new TroupeError('ACTOR_STOPPED', message, { serviceId: actor.type!.plan.id, details: { key: actor.key } })
}

// What the runtime raised inside a method that let it pass: to wrap it would hide what it is.
const PASSING = new Set<string>(['ACTOR_DEADLOCK', 'CANCELLED'])

/** What a method threw, as `COMPONENT_FAILED` with the original as its cause. */
function failure(actor: ActorInstance, method: string, thrown: unknown): TroupeError {
  if (types.isNativeError(thrown) && isTroupeError(thrown) && PASSING.has(thrown.code)) {
    return withOutcome(thrown, 'failed')
  }
  const wire = toWireError(thrown)
  const fields: ErrorFields = {
    cause: types.isNativeError(thrown) ? thrown : fromWireError(wire),
    serviceId: actor.type!.plan.id,
    details: { key: actor.key, method, ...(wire.thrown && { thrown: wire.thrown.value }) },
  }
  return withoutStack(() => new TroupeError('COMPONENT_FAILED', wire.message, fields))
}

function notSerializable(
  actor: ActorInstance,
  { requestId }: RunningTurn,
  transfers: readonly ArrayBuffer[] | undefined,
  value: unknown,
  cause: unknown,
): TroupeError {
  const { path, what } = transferProblem(transfers ?? []) ?? findUnclonable(value, 'result')
  const message = `Result of ${nameOf(actor)} cannot cross a thread: ${path} is ${what}; return plain values`
  const about = { serviceId: actor.type!.plan.id, requestId, details: { path, what, key: actor.key } }
  return new TroupeError('RESULT_NOT_SERIALIZABLE', message, { ...about, cause })
}
