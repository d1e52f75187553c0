import type { Log } from './log.ts'

/** Which thread code runs on: the program's own, or a worker's. */
export type Side = 'supervisor' | 'worker'

/**
 * What the runtime gives to a component or a middleware beside the context. Members are made when first touched: an
 * untouched scope costs nothing.
 */
export interface Scope {
  /** The side this code runs on. */
  readonly side: Side
  /** The number of the worker, 1 and up; 0 on the supervisor and on the inline engine. */
  readonly worker: number
  /** The service that this context runs as, and its request. */
  readonly serviceId: string
  readonly requestId: string
  /**
   * Which attempt at this context it is: 1, or more where its service has `max_attempts`. In middleware on the
   * supervisor, which runs once around all of them, the one that is under way or was the last.
   */
  readonly attempt: number
  /** Writes records that carry this service, request and thread. */
  readonly log: Log
  /** Aborts when the execution is cancelled or its limit has passed. */
  readonly signal: AbortSignal
  /** Throws `CANCELLED` when the execution was cancelled or its limit has passed; one read of shared memory. */
  throwIfCancelled(): void
  /**
   * A uniform number in [0, 1) with 53 bits, from a stream that depends on the context alone: on its `seed` where it
   * has one (an integer), else on `service_id` and `request_id`. Generator: xoshiro128** (Blackman and Vigna,
   * "Scrambled Linear Pseudorandom Number Generators", 2021).
   */
  random(): number
  /** Fills `target` with standard normal numbers from the same stream and returns it. */
  normals(target: Float64Array): Float64Array
  /**
   * What the program has shared under this name with `supervisor.share`: of a typed array the one memory that all
   * workers have, of anything else this worker's copy. From the first call on, an execution sees the same values until
   * it ends. They are for reading: what is written is seen by every component that reads them.
   *
   * @throws {RangeError} Nothing is shared under this name.
   */
  shared<Value = unknown>(name: string): Value
  /** Says how far this execution has come, from 0 to 1; passed on four times a second at most. */
  progress(fraction: number, note?: string): void
}
