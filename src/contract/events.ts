import type { TroupeError } from './errors.ts'

/** Why a worker was started: with its pool, in the place of one that ended unasked, or of one that had served its time. */
export type Opening = 'started' | 'restarted' | 'recycled'

/** What a supervisor tells its listeners, by event name. */
export interface EventMap {
  /** A context was accepted: it will settle exactly once. */
  'context:accepted': { readonly serviceId: string; readonly requestId: string }
  /** An execution has settled; `error` is what its caller was given, where it failed. */
  'context:settled': {
    readonly serviceId: string
    readonly requestId: string
    readonly ok: boolean
    readonly error: TroupeError | undefined
  }
  /** A service's components were loaded in a worker. */
  'service:loaded': { readonly serviceId: string; readonly worker: number }
  /** A service took down too many workers and rejects until `retryAt` (milliseconds of `performance.now()`). */
  'service:quarantined': { readonly serviceId: string; readonly retryAt: number }
  /** A worker takes contexts; `worker` is its number in its pool. */
  'worker:started': {
    readonly pool: string
    readonly worker: number
    readonly threadId: number
    readonly reason: Opening
  }
  /** Too many contexts of a service failed: it rejects until `retryAt` (milliseconds of `performance.now()`). */
  'breaker:opened': { readonly serviceId: string; readonly retryAt: number }
  /** A context that was let in to see has succeeded: the service is run again. */
  'breaker:closed': { readonly serviceId: string }
  /** A worker has ended, and everything it posted has been heard. */
  'worker:exited': {
    readonly pool: string
    readonly worker: number
    /** `undefined` on the inline engine. */
    readonly exitCode: number | undefined
    /** `drained` or `recycled` where it was asked to end and did; else such as `exit code 1`, `oom`. */
    readonly reason: string
  }
  /** A worker took the place of one that had exited unasked. */
  'worker:restarted': { readonly pool: string; readonly worker: number; readonly threadId: number }
  /** A new instance has taken the place of an actor's that was lost: seen before any reply of the new one. */
  'actor:restarted': {
    readonly serviceId: string
    readonly key: string
    /** How often it has been restarted. */
    readonly restarts: number
    /** What ended the one before. */
    readonly error: TroupeError | undefined
  }
  /** An error outside any execution: thrown by a timer, or a promise that nobody awaited. */
  'orphan:error': {
    readonly pool: string
    readonly worker: number
    /** The request that ran last on that worker, where one had. */
    readonly requestId: string | undefined
    readonly error: Error
  }
}

/** The name of an event. */
export type EventName = keyof EventMap
