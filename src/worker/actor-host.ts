import type { FromActors, StartActor, StopActor, ToActors, TurnMessage, TurnReply } from '../contract/actor-messages.ts'
import type { ComponentLoad } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import { TurnMarks } from '../kernel/turn-marks.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { ActorAsks } from './actor-asks.ts'
import type { ActorInstance } from './actor-instance.ts'
import { type ActorLaneScope, ActorScope } from './actor-scope.ts'
import { ActorTurns } from './actor-turns.ts'
import { type ActorType, loadActorType } from './actor-type.ts'
import type { ServiceRunner } from './service-runner.ts'
import type { LaneScope } from './worker-scope.ts'

/**
 * The actors of a lane. The supervisor sends each one message at a time and starts, stops and asks for snapshots only
 * between messages; turns of different actors interleave wherever they await. Its twin is `supervisor/actors`.
 */
export class ActorHost {
  readonly #setup: LaneSetup
  readonly #post: (message: FromActors, transfers?: readonly ArrayBuffer[]) => void
  readonly #scope: ActorLaneScope
  readonly #actors = new Map<number, ActorInstance>()
  readonly #types = new Map<number, Promise<ActorType>>()
  readonly #turns: ActorTurns
  #attempts = 0
  #lastStop: Promise<void> | undefined

  constructor(lane: LaneScope, setup: LaneSetup, runners: readonly ServiceRunner[]) {
    this.#setup = setup
    this.#post = (message, transfers) => lane.post({ type: 'actors', message }, transfers)
    const marks = new TurnMarks(lane.marks.memory)
    const asks = new ActorAsks(this.#post)
    this.#scope = { lane, marks, asks, progress: (slot, report) => this.#post({ type: 'progress', slot, ...report }) }
    const post = (message: FromActors | TurnReply, transfers?: readonly ArrayBuffer[]) =>
      message.type === 'reply' ? lane.post(message, transfers) : this.#post(message)
    this.#turns = new ActorTurns(marks, post, runners)
  }

  receive(message: ToActors): void {
    switch (message.type) {
      case 'start':
        void this.#start(message)
        return
      case 'cancel':
        this.#turns.cancel(message.slot)
        return
      case 'answer':
        this.#scope.asks.answer(message)
        return
      case 'snapshot':
        void this.#snapshot(message.actor)
        return
      case 'stop':
        this.#stopInOrder(message)
    }
  }

  /** Says which turns run, for a supervisor that could not read a message; a lane without actors has nothing to say. */
  tellRunning(): void {
    const { running } = this.#turns
    if (running.heard > 0) this.#post({ type: 'running', ...running })
  }

  /** Loads a service's class ahead of its first actor. */
  async load(service: number): Promise<void> {
    await this.#typeOf(service)
  }

  async #typeOf(service: number): Promise<ActorType> {
    let type = this.#types.get(service)
    if (!type) {
      type = this.#load(service)
      this.#types.set(service, type)
      // What failed is tried anew by the next that asks.
      type.catch(() => this.#types.delete(service))
    }
    return await type
  }

  async #load(service: number): Promise<ActorType> {
    const type = await loadActorType(
      this.#setup.services[service]!,
      this.#setup.root,
      this.#attempts++,
      async (methods) => await this.#turns.expose(methods),
    )
    const components = [{ step: type.plan.steps[0]!.name, file: type.file, warnings: type.warnings }]
    this.#scope.lane.post({ type: 'loaded', service, asked: false, components })
    return type
  }

  /** Says what became of loading a service's class, without throwing. */
  async report(service: number, asked: boolean): Promise<void> {
    this.#scope.lane.post({ type: 'loaded', service, asked, components: await this.#loaded(service) })
  }

  async #loaded(service: number): Promise<ComponentLoad[]> {
    const step = this.#setup.services[service]!.steps[0]!.name
    try {
      const { file, warnings } = await this.#typeOf(service)
      return [{ step, file, warnings }]
    } catch (error) {
      return [{ step, error: toWireError(error), warnings: [] }]
    }
  }

  async #start({ actor: id, service, key, state }: StartActor): Promise<void> {
    const actor: ActorInstance = {
      id,
      service,
      key,
      type: undefined,
      object: undefined,
      scope: undefined,
      turn: undefined,
      early: undefined,
      streams: undefined,
    }
    this.#actors.set(id, actor)
    try {
      const type = await this.#typeOf(service)
      const object = type.make()
      actor.scope = new ActorScope(this.#scope, actor, type.plan.id)
      if (state && typeof object.restore === 'function') await object.restore(state.value)
      if (typeof object.start === 'function') await object.start(key, actor.scope)
      actor.type = type
      actor.object = object
    } catch (error) {
      this.#actors.delete(id)
      this.#post({ type: 'start-failed', actor: id, error: toWireError(error) })
      return
    }
    this.#post({ type: 'started', actor: id })
    const { early } = actor
    actor.early = undefined
    if (early) this.#turns.run(actor, early)
  }

  /** Lets an actor handle a message; it has none in hand. */
  turn(message: TurnMessage): void {
    this.#turns.heard = message.order
    const actor = this.#actors.get(message.actor)
    // Its start has failed, and the supervisor knows by now or will soon.
    if (!actor) return
    if (actor.object) this.#turns.run(actor, message)
    else actor.early = message
  }

  async #snapshot(id: number): Promise<void> {
    const object = this.#actors.get(id)?.object
    try {
      if (typeof object?.snapshot !== 'function') this.#post({ type: 'snapshotted', actor: id })
      else this.#post({ type: 'snapshotted', actor: id, state: { value: await object.snapshot() } })
    } catch (error) {
      this.#post({ type: 'snapshotted', actor: id, error: toWireError(error) })
    }
  }

  /** At the shutdown one actor stops after another; otherwise none waits for the others. */
  #stopInOrder(message: StopActor): void {
    const before = message.reason === 'shutdown' ? this.#lastStop : undefined
    this.#lastStop = before ? before.then(() => this.#stop(message)) : this.#stop(message)
  }

  async #stop({ actor: id, reason }: StopActor): Promise<void> {
    const actor = this.#actors.get(id)
    this.#actors.delete(id)
    const thrown: unknown[] = []
    try {
      for (const stream of actor?.streams?.values() ?? []) await stream.return?.()
    } catch (error) {
      thrown.push(error)
    }
    try {
      const object = actor?.object
      if (typeof object?.stop === 'function') await object.stop(reason)
    } catch (error) {
      thrown.push(error)
    }
    this.#post({ type: 'stopped', actor: id, ...(thrown.length > 0 && { error: toWireError(thrown[0]) }) })
  }
}
