import type { EngineName } from './engine-name.ts'
import type { LogTarget, LogThreshold } from './log.ts'

/** How `Supervisor.start` may be told to deviate from the file. */
export interface StartOptions {
  /** Workers of the default pool; `auto` is `os.availableParallelism()`, or 1 on the inline engine. Overrides the file. */
  readonly workers?: number | 'auto'
  /** The engine of every pool: `threads` (default), or `inline` to run on this thread for debugging. */
  readonly engine?: EngineName
  /** The folder below which `./` modules lie. By default that of the file, or the current one for an object. */
  readonly root?: string
  /** Receives every record in place of the built-in log (pino to stderr). What it throws is not passed on. */
  readonly logger?: LogTarget
  /** Records below this level are dropped where they arise. `info` by default. */
  readonly logLevel?: LogThreshold
  /** Gives up the start: it rejects with `CANCELLED`, and nothing is left. Once it has started, see `close`. */
  readonly signal?: AbortSignal
}

/** How far one execution says it is. */
export interface Progress {
  /** From 0 to 1. */
  readonly fraction: number
  readonly note: string | undefined
}

/** How one execution may be bounded and followed. */
export interface ExecuteOptions {
  /** Cancels the execution: it settles with `CANCELLED`. */
  readonly signal?: AbortSignal
  /** Milliseconds from the start of its run; overrides the service's `timeout_ms`. */
  readonly timeoutMs?: number
  /** Milliseconds from now, waiting included; overrides the service's `deadline_ms`. */
  readonly deadlineMs?: number
  readonly onProgress?: (progress: Progress) => void
}

/** How far a batch is. */
export interface BatchProgress {
  readonly settled: number
  readonly failed: number
  /** `undefined` while the source has not ended. */
  readonly total: number | undefined
}

/** How `executeMany` may be cancelled and followed. */
export interface ManyOptions {
  readonly signal?: AbortSignal
  /** Called four times a second at most, and once at the end. */
  readonly onProgress?: (progress: BatchProgress) => void
}

/** How `stream` may be shaped. */
export interface StreamOptions {
  readonly signal?: AbortSignal
  /** Whether outcomes come in input order (default), or as they are ready. */
  readonly ordered?: boolean
  readonly onProgress?: (progress: BatchProgress) => void
}
