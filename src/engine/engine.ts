import type { ToActors, TurnMessage } from '../contract/actor-messages.ts'
import type { RoutedContext } from '../contract/context.ts'
import type { FromLane } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import type { LaneMarks } from '../kernel/lane-marks.ts'

/** Where chunks of contexts run. An engine opens lanes and knows nothing of mailboxes, limits or retries. */
export interface Engine {
  /**
   * Opens a lane and resolves when it can take chunks.
   *
   * @param signal Gives up the opening.
   * @throws {TroupeError} `COMPONENT_LOAD_FAILED`, `MIDDLEWARE_ERROR` or `CONFIG_INVALID` from the lane itself;
   *   `WORKER_CRASHED` where its thread did not come up.
   */
  open(setup: LaneSetup, listener: LaneListener, signal: AbortSignal): Promise<Lane>
}

/** How many contexts could be sent, and what was met if not all. */
export interface Sending {
  readonly sent: number
  readonly error?: unknown
}

/** One worker: takes chunks, runs one context at a time, in order. */
export interface Lane {
  readonly worker: number
  readonly threadId: number
  readonly marks: LaneMarks
  /**
   * Sends contexts of one service; the first gets the sequence `first`, the others those that follow. With `asRows`
   * the lane may leave results in shared memory, to be read as rows, and say so from time to time. `transfers` are
   * buffers of the contexts that are handed over, not copied; where nothing is sent they stay as they are.
   *
   * @returns How many were sent. Fewer than all means that `error` was met: by that context where it was sent alone,
   *   by any of the rest otherwise.
   */
  send(
    service: number,
    first: number,
    contexts: readonly RoutedContext[],
    asRows: boolean,
    transfers?: readonly ArrayBuffer[],
  ): Sending
  /**
   * Reads the results that the lane has left in shared memory, in order, beginning with the context `first` and ending
   * with the last of `limit` contexts whose result is there. Each can be read once.
   */
  readRows(first: number, limit: number): readonly unknown[]
  /**
   * Looks for the result of a context that has just been sent, for up to `limitMs`, without giving way to anything.
   * `false` where it is not there by then, or the lane had to be woken first. While it looks, `marks.listen` says so.
   */
  awaitRow(sequence: number, limitMs: number): boolean
  /** Aborts the signal of the running context; its flag in `marks` is the caller's to set. */
  abort(sequence: number): void
  /** Says something to the actors of the lane; returns what structured clone threw, and then nothing was said. */
  tellActors(message: ToActors | TurnMessage, transfers?: readonly ArrayBuffer[]): { error: unknown } | undefined
  /** Hears what the lane has said, without waiting for the event loop to tell of it. */
  hear(): void
  /** Asks for a service to be loaded; answered by a `loaded` message. */
  load(service: number): void
  /** Lets contexts that are sent from now on read `value` by its name. */
  share(name: string, value: unknown): void
  /** Asks whether the lane still works; answered by `pong`, which says whether it awaits a context. */
  ask(): void
  /** Keeps the process alive, or no longer does. */
  hold(held: boolean): void
  /** Ends the lane after what it was sent; its components are disposed of. It is gone when the listener hears so. */
  drain(): void
  /** Ends the lane's thread at once. It is gone when the listener hears so. */
  kill(): void
}

/** How a lane ended. */
export interface LaneEnd {
  /** Whether it was asked to drain and did. */
  readonly drained: boolean
  readonly exitCode: number | undefined
  /** Such as `exit`, `oom`, `port closed`. */
  readonly reason: string
  /** The service whose component made the thread unfit to go on, where that is why it ended. */
  readonly culprit?: number | undefined
}

/** Hears what a lane says, in the order in which it was said; `gone` comes last, and once. */
export interface LaneListener {
  message(message: FromLane): void
  /** Something was posted that no lane says: a component did it. */
  noise(): void
  /**
   * Something the lane posted could not be read: a worker's stack is larger than this thread's, so it can write what is
   * too deep to be read here. What it was is not known; the lane was asked how far it is, and answers `pong`.
   */
  unreadable(): void
  gone(end: LaneEnd): void
}
