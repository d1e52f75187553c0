/** The levels of pino, lowest first, with the numbers it gives them. */
export const logLevels = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const

/** A level at which a record can be written. */
export type LogLevel = keyof typeof logLevels

/** A level at or above which records are kept; `silent` keeps none. */
export type LogThreshold = LogLevel | 'silent'

/** Writes one record: a message, or fields and a message, as with pino. Fields must be structured-clonable. */
export interface LogMethod {
  (message: string): void
  (fields: Readonly<Record<string, unknown>>, message?: string): void
}

/** A structured log. On a worker, records travel to the supervisor's log with service, request and thread. */
export type Log = { readonly [Level in LogLevel]: LogMethod } & {
  /** Whether a record at `level` would be kept: ask before building costly fields. */
  isLevelEnabled(level: LogLevel): boolean
}

/** What a program may give as its `logger`: pino's, or any with a method for each level. */
export type LogTarget = Pick<Log, LogLevel>

/** A log record as it crosses the thread. */
export interface LogRecord {
  readonly level: LogLevel
  readonly time: number
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}
