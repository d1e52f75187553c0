import type { FromActors, ToActors, TurnMessage, TurnReply } from './actor-messages.ts'
import type { RoutedContext } from './context.ts'
import type { LogRecord } from './log.ts'
import type { WireError } from './wire-error.ts'

// Everything that crosses between the supervisor and a lane, in one file that both sides import.
// Sequences are 32-bit and wrap: compare two by the sign of their difference.

/** Contexts of one service for a lane to run, in order, that do not lie in shared memory as rows. */
export interface ChunkMessage {
  readonly type: 'chunk'
  readonly service: number
  /** The sequence of the first; the others follow. */
  readonly first: number
  readonly contexts: readonly RoutedContext[]
  /** Whether results may be left in shared memory as rows, as those of quick contexts are. */
  readonly asRows: boolean
}

/** There are contexts in shared memory; said to a lane that has gone back to its event loop. */
export interface WakeMessage {
  readonly type: 'wake'
}

/** Aborts `scope.signal` of a context that runs; one that has not started is skipped by its flag in shared memory. */
export interface CancelMessage {
  readonly type: 'cancel'
  readonly sequence: number
}

/** Loads the components of a service and reports on each. */
export interface LoadMessage {
  readonly type: 'load'
  readonly service: number
}

/** A value that contexts sent from now on can read by its name. */
export interface ShareMessage {
  readonly type: 'share'
  readonly name: string
  readonly value: unknown
}

/** Asks how far the lane is; answered by `pong`, behind everything that was posted before. */
export interface PingMessage {
  readonly type: 'ping'
  /** Whether the supervisor wonders if the lane still works. */
  readonly pulse: boolean
}

/** Disposes of the components, flushes what is collected, answers `drained` and lets go of the port. */
export interface DrainMessage {
  readonly type: 'drain'
}

/** A word to the actors of a lane, or of theirs to the supervisor. */
export interface ActorsMessage<Message> {
  readonly type: 'actors'
  readonly message: Message
}

export type ToLane =
  | ActorsMessage<ToActors>
  | TurnMessage
  | ChunkMessage
  | WakeMessage
  | CancelMessage
  | LoadMessage
  | ShareMessage
  | PingMessage
  | DrainMessage

/** The value that a context's execution returned. */
export interface ValueMessage {
  readonly type: 'value'
  readonly sequence: number
  readonly value: unknown
  /** How long it ran, where that is not told by chunk. */
  readonly ms?: number | undefined
}

/** There are results in shared memory that no message has told of. */
export interface RowsMessage {
  readonly type: 'rows'
  /** How many contexts of which service ran in how many milliseconds, where a chunk has come to its end. */
  readonly service: number
  readonly ran: number
  readonly ms: number
}

/** The error that a context's execution ended with. */
export interface FailureMessage {
  readonly type: 'failure'
  readonly sequence: number
  readonly error: WireError
  /** How long it ran, where it did and that is not told by chunk. */
  readonly ms?: number | undefined
}

/** A context was passed over: it was taken back, or cancelled, before it started. */
export interface SkippedMessage {
  readonly type: 'skipped'
  readonly sequence: number
}

/** How far a running context says it is. */
export interface ProgressMessage {
  readonly type: 'progress'
  readonly sequence: number
  readonly fraction: number
  readonly note?: string
}

/** A batch of log records, and how many were dropped before it. */
export interface RecordsMessage {
  readonly type: 'records'
  readonly records: readonly (LogRecord & { readonly service: number; readonly requestId: string })[]
  readonly dropped: number
}

/** What became of loading one component. */
export interface ComponentLoad {
  readonly step: string
  readonly file?: string
  readonly error?: WireError
  readonly warnings: readonly string[]
}

/** The answer to `load`, and also sent when a service was loaded for its first context. */
export interface LoadedMessage {
  readonly type: 'loaded'
  readonly service: number
  /** Whether it answers a `load`. */
  readonly asked: boolean
  readonly components: readonly ComponentLoad[]
}

/** What the worker-side middleware count, as each one's `stats()` says; sent when the lane falls idle. */
export interface MiddlewareStatsMessage {
  readonly type: 'middleware-stats'
  readonly stats: Readonly<Record<string, unknown>>
}

/** An error that no execution awaited: the thread ends after it. `sequence` is the context that ran last, if any. */
export interface OrphanMessage {
  readonly type: 'orphan'
  readonly sequence: number | undefined
  readonly error: WireError
}

/** A component has done something to what every lane relies on: the thread ends, and what has not started runs elsewhere. */
export interface TamperedMessage {
  readonly type: 'tampered'
  /** Such as `Array.prototype.push was changed`. */
  readonly why: string
  /** The service that ran last, if any. */
  readonly service: number | undefined
}

/** The answer to `ping`: the sequence of the last context whose outcome was posted or left as a row. */
export interface PongMessage {
  readonly type: 'pong'
  readonly finished: number
  /** In answer to a `pulse`: whether a context that the lane has started has still to end. */
  readonly awaits?: boolean | undefined
}

/** Writes of this thread to stdout and stderr that were dropped. */
export interface OutputDroppedMessage {
  readonly type: 'output-dropped'
  readonly writes: number
}

/** The lane has ended well: everything it had was posted before this. */
export interface DrainedMessage {
  readonly type: 'drained'
  /** What went wrong in `dispose` of components. */
  readonly errors: readonly WireError[]
}

export type FromLane =
  | ActorsMessage<FromActors>
  | TurnReply
  | ValueMessage
  | SkippedMessage
  | RowsMessage
  | FailureMessage
  | ProgressMessage
  | RecordsMessage
  | LoadedMessage
  | MiddlewareStatsMessage
  | OrphanMessage
  | TamperedMessage
  | PongMessage
  | OutputDroppedMessage
  | DrainedMessage

/** What starting a lane in its thread comes to; an error is sent as a value, since a rejection would lose its text. */
export type LaneStart =
  { readonly ok: true; readonly threadId: number } | { readonly ok: false; readonly error: WireError }
