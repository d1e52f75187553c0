import type { ActorScope } from '../contract/actor.ts'
import type { TurnMessage } from '../contract/actor-messages.ts'
import type { ActorObject, ActorType } from './actor-type.ts'

/** A message that an actor handles now. */
export interface RunningTurn {
  readonly slot: number
  readonly requestId: string
  /** What Comlink calls it. */
  readonly id: string
  readonly began: number
  /** Behind its signal, once that was asked for. */
  controller: AbortController | undefined
}

/** One actor in its lane. There are many that do nothing: what few of them need is made when it is needed. */
export interface ActorInstance {
  readonly id: number
  readonly service: number
  readonly key: string
  type: ActorType | undefined
  object: ActorObject | undefined
  scope: ActorScope | undefined
  /** The message it handles; there is one at a time. */
  turn: RunningTurn | undefined
  /** A message that came before the instance was ready. */
  early: TurnMessage | undefined
  /** Generators of its own that are being read, by number. */
  streams: Map<number, AsyncIterator<unknown>> | undefined
}
