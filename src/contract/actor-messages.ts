import type { Context } from './context.ts'
import type { WireError } from './wire-error.ts'

// What crosses between the supervisor and the actors of a lane, inside messages of type `actors`.

/** Makes an instance; it takes turns from then on. */
export interface StartActor {
  readonly type: 'start'
  /** The number of the instance, unlike any other of its supervisor's. */
  readonly actor: number
  readonly service: number
  readonly key: string
  /** What its last snapshot gave. */
  readonly state?: { readonly value: unknown }
}

/**
 * One message to an actor: what Comlink posts for a call, laid flat, since each level costs. There is one at a time for
 * each actor.
 */
export interface TurnMessage {
  readonly type: 'turn'
  readonly actor: number
  /** Its place in the memory of marks, unlike that of any other turn in flight on the lane. */
  readonly slot: number
  /** How many turns the lane has been sent with this one. */
  readonly order: number
  readonly requestId: string
  /** What Comlink calls it. */
  readonly id: string
  readonly method: string
  readonly args: readonly unknown[]
}

/** Asks for an instance's state. */
export interface SnapshotActor {
  readonly type: 'snapshot'
  readonly actor: number
}

/** Ends an instance. */
export interface StopActor {
  readonly type: 'stop'
  readonly actor: number
  readonly reason: 'stopped' | 'passivated' | 'shutdown' | 'restarted'
}

/** Aborts the signal of a turn that runs. */
export interface CancelTurn {
  readonly type: 'cancel'
  readonly slot: number
}

/** What came of an `ask`. */
export interface AskAnswer {
  readonly type: 'answer'
  readonly ask: number
  /** `stream` is set where the value is a stream: its number in the lane of the actor that was asked. */
  readonly outcome:
    | { readonly ok: true; readonly value: unknown; readonly stream?: number }
    | { readonly ok: false; readonly error: WireError }
}

export type ToActors = StartActor | SnapshotActor | StopActor | CancelTurn | AskAnswer

/** An instance has started. */
export interface ActorStarted {
  readonly type: 'started'
  readonly actor: number
}

/** An instance could not be made. */
export interface ActorStartFailed {
  readonly type: 'start-failed'
  readonly actor: number
  readonly error: WireError
}

/** What Comlink posts when a call has ended, laid flat: a value, the number of a stream, or an error. */
export interface TurnReply {
  readonly type: 'reply'
  readonly slot: number
  readonly id: string
  readonly ms: number
  readonly value?: unknown
  readonly stream?: number
  readonly error?: WireError
}

/** A turn was passed over: it was cancelled before it began. */
export interface TurnSkipped {
  readonly type: 'skipped'
  readonly slot: number
}

/** The answer to `snapshot`; `state` is absent where the actor has no such method. */
export interface ActorSnapshot {
  readonly type: 'snapshotted'
  readonly actor: number
  readonly state?: { readonly value: unknown }
  readonly error?: WireError
}

/** The answer to `stop`. */
export interface ActorStopped {
  readonly type: 'stopped'
  readonly actor: number
  /** What its `stop` threw. */
  readonly error?: WireError
}

/** An actor calls another, or a service. */
export interface ActorAsk {
  readonly type: 'ask'
  readonly ask: number
  /** Who asks. */
  readonly actor: number
  /** The method of an actor; `undefined` for a context as it is. */
  readonly method: string | undefined
  readonly context: Context
  readonly timeoutMs: number | undefined
  readonly deadlineMs: number | undefined
}

/** The turns that run, for a supervisor that could not read a message: what is not among them has replied. */
export interface TurnsRunning {
  readonly type: 'running'
  /** How many turns the lane has heard. */
  readonly heard: number
  readonly slots: readonly number[]
}

/** How far a turn says it is. */
export interface TurnProgress {
  readonly type: 'progress'
  readonly slot: number
  readonly fraction: number
  readonly note?: string
}

export type FromActors =
  TurnProgress | ActorStarted | ActorStartFailed | TurnSkipped | ActorSnapshot | ActorStopped | ActorAsk | TurnsRunning
