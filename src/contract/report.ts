import type { TroupeError } from './errors.ts'

/** What `supervisor.services()` says of one service. */
export interface ServiceSummary {
  readonly id: string
  readonly pool: string
  readonly engine: string
  readonly stepped: boolean
  readonly preload: boolean
  readonly idempotent: boolean
  readonly steps: readonly { readonly name: string; readonly module: string; readonly class: string }[]
  /** Names of what runs around it, outermost first. */
  readonly middleware: { readonly supervisor: readonly string[]; readonly worker: readonly string[] }
}

/** What became of loading one component during a check. */
export interface ComponentCheck {
  readonly step: string
  readonly module: string
  readonly class: string
  /** The file it came from, where one was found. */
  readonly file: string | undefined
  readonly error: TroupeError | undefined
  readonly warnings: readonly string[]
}

/** What `Supervisor.check` says of one service. */
export interface ServiceCheck {
  readonly id: string
  readonly ok: boolean
  readonly components: readonly ComponentCheck[]
}

/** What `Supervisor.check` found: a configuration that is valid, and whether each of its components loads. */
export interface CheckReport {
  readonly ok: boolean
  readonly services: readonly ServiceCheck[]
  readonly warnings: readonly string[]
}

/** Counts of executions. `accepted` is the sum of the others once all have settled. */
export interface ExecutionCounts {
  readonly accepted: number
  readonly ok: number
  readonly failed: number
  readonly timedOut: number
  readonly cancelled: number
}

/** Times in milliseconds since the start. Percentiles are estimates, right to 5 % of their value. */
export interface TimeStats {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/**
 * What the contexts of one service cost. It is measured by chunk, since a clock for each context would cost more than a
 * short one takes: times are exact for contexts of 50 µs and more, and means over their chunk for shorter ones.
 */
export interface CostStats {
  /** Executions settled a second over the last ten seconds, or since the start where that is less long ago. */
  readonly rate: number
  /**
   * From the mailbox to the moment at which a lane came to the chunk: sampled, that of the chunk's first context for all
   * of it. `undefined` before anything has run, as for all that follows.
   */
  readonly wait: TimeStats | undefined
  /** In the worker, its middleware included, without loading the component. */
  readonly run: TimeStats | undefined
  /** Contexts that crossed to a worker together. */
  readonly meanChunk: number | undefined
  /** The share of the time in which workers had contexts in hand that was not spent running them: from 0 to 1. */
  readonly transportShare: number | undefined
}

/** What a service has in hand. */
export interface Occupancy {
  /** In the mailbox, or between two attempts. */
  readonly waiting: number
  readonly running: number
  /**
   * Its actors that have an instance, or are about to: what `max_live` bounds in each version of the configuration. 0 for a
   * service without actors.
   */
  readonly live: number
}

/** Counts, present state and cost of one service. */
export interface ServiceStats extends ExecutionCounts, Occupancy, CostStats {
  /** Attempts beyond the first of each context. */
  readonly retries: number
  /** The state of its circuit breaker, where it has one. */
  readonly breaker: 'closed' | 'open' | 'half_open' | undefined
  /** Executions that have succeeded: the same number as `ok`. */
  readonly done: number
  /** How often its components were loaded in a worker. */
  readonly loads: number
  /** How often it was quarantined. */
  readonly quarantines: number
}

/** What `close()` came to. */
export interface CloseReport {
  /** How many executions had not ended within the limit and were settled with `SHUTTING_DOWN`. */
  readonly cutOff: {
    /** Those that had not started. */
    readonly waiting: number
    /** Those that ran; they may have had effects. */
    readonly running: number
  }
  /** What components threw in `dispose()`, and one for each that did not end in time. They are logged as well. */
  readonly errors: readonly Error[]
  /** Threads that did not end in time, because native code holds them; they end with it, or with the process. */
  readonly zombies: number
}

/** State of one pool. */
export interface PoolStats {
  readonly workers: number
  /** Workers that took the place of one that had ended unasked, or was killed. */
  readonly restarts: number
  /** Workers that took the place of one that had run, or grown, as far as the pool's options allow. */
  readonly recycled: number
  /** Threads that were told to end and have not, because native code holds them. */
  readonly zombies: number
}

/** What `supervisor.stats()` says: counts since the start, and the state now. */
export interface Stats extends ExecutionCounts {
  /** Replies that came after their execution had settled; never delivered. */
  readonly lateResults: number
  readonly droppedLogRecords: number
  /** Writes of workers to stdout and stderr that were dropped, since they came faster than they could be passed on. */
  readonly droppedOutput: number
  /** Errors of components that no execution awaited; each has ended its worker. */
  readonly orphanErrors: number
  readonly services: Readonly<Record<string, ServiceStats>>
  readonly pools: Readonly<Record<string, PoolStats>>
  /** By name, what each middleware that has `stats()` says of itself on the supervisor, and on each worker. */
  readonly middleware: Readonly<
    Record<string, { readonly supervisor?: unknown; readonly workers?: readonly unknown[] }>
  >
}
