import type { RoutedContext } from './context.ts'
import type { ErrorCode, ErrorOutcome } from './errors.ts'
import type { LogRecord } from './log.ts'

// Everything that crosses between the supervisor and a lane, in one file that both sides import.
// Sequences are 32-bit and wrap: compare two by the sign of their difference.

/** An error as it crosses a thread: made and unmade by `kernel/wire-error.ts`. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  /** Own fields that can be cloned. */
  readonly fields?: Readonly<Record<string, unknown>>
  readonly cause?: WireError
  /** Of an `AggregateError`. */
  readonly errors?: readonly WireError[]
  /** What was thrown, where it was no error and can be cloned. */
  readonly thrown?: { readonly value: unknown }
  /** Set for an error of this runtime. */
  readonly troupe?: {
    readonly code: ErrorCode
    readonly outcome: ErrorOutcome
    readonly retryable: boolean
    readonly details?: unknown
  }
}

/** Contexts of one service for a lane to run, in order. */
export interface ChunkMessage {
  readonly type: 'chunk'
  readonly service: number
  /** The sequence of the first; the others follow. */
  readonly first: number
  readonly contexts: readonly RoutedContext[]
  /** Whether results may be left in the shared result area, as those of quick contexts are. */
  readonly asRows: boolean
}

/** Values of one shape by column; made and read by `kernel/columns/column-chunk.ts`. */
export interface ColumnChunk {
  /** Names the shape: see `ShapeCodec.key`. */
  readonly shape: string
  readonly count: number
  /** First the numbers, column by column, then the lengths of the texts, value by value. May be transferred. */
  readonly memory: ArrayBuffer
  readonly pieces: readonly string[]
}

/** Contexts of one service and of one shape for a lane to run, by column. */
export interface ColumnsMessage {
  readonly type: 'columns'
  readonly service: number
  readonly first: number
  readonly contexts: ColumnChunk
  readonly asRows: boolean
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
}

/** Disposes of the components, flushes what is collected, answers `drained` and lets go of the port. */
export interface DrainMessage {
  readonly type: 'drain'
}

export type ToLane =
  ChunkMessage | ColumnsMessage | CancelMessage | LoadMessage | ShareMessage | PingMessage | DrainMessage

/** The value that a context's execution returned. */
export interface ValueMessage {
  readonly type: 'value'
  readonly sequence: number
  readonly value: unknown
  /** How long it ran, where that is not told by chunk. */
  readonly ms?: number | undefined
}

/** A shape that rows of the result area may have from now on, and its number there. */
export interface ShapeMessage {
  readonly type: 'shape'
  readonly id: number
  readonly shape: string
}

/** There are rows in the result area that no message has told of. */
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

/** The answer to `ping`: the sequence of the last context whose outcome was posted or left as a row. */
export interface PongMessage {
  readonly type: 'pong'
  readonly finished: number
}

/** The lane has ended well: everything it had was posted before this. */
export interface DrainedMessage {
  readonly type: 'drained'
  /** What went wrong in `dispose` of components. */
  readonly errors: readonly WireError[]
}

export type FromLane =
  | ValueMessage
  | SkippedMessage
  | ShapeMessage
  | RowsMessage
  | FailureMessage
  | ProgressMessage
  | RecordsMessage
  | LoadedMessage
  | MiddlewareStatsMessage
  | OrphanMessage
  | PongMessage
  | DrainedMessage

/** What starting a lane in its thread comes to; an error is sent as a value, since a rejection would lose its text. */
export type LaneStart =
  { readonly ok: true; readonly threadId: number } | { readonly ok: false; readonly error: WireError }
