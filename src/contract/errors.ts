/**
 * How far an execution had come when its error arose: its component's code never ran, ran to an end, or was cut off
 * and may have had effects.
 */
export type ErrorOutcome = 'not_started' | 'failed' | 'unknown'

/**
 * Every code an error of this runtime can carry, with the outcome it has unless the thrower knows better and whether
 * trying the same context again may succeed.
 */
export const errorCodes = {
  CONFIG_NOT_FOUND: { outcome: 'not_started', retryable: false },
  CONFIG_INVALID: { outcome: 'not_started', retryable: false },
  COMPONENT_PATH_FORBIDDEN: { outcome: 'not_started', retryable: false },
  COMPONENT_LOAD_FAILED: { outcome: 'not_started', retryable: false },
  CONTEXT_INVALID: { outcome: 'not_started', retryable: false },
  SERVICE_NOT_FOUND: { outcome: 'not_started', retryable: false },
  INPUT_NOT_SERIALIZABLE: { outcome: 'not_started', retryable: false },
  INPUT_INVALID: { outcome: 'not_started', retryable: false },
  PAYLOAD_TOO_LARGE: { outcome: 'not_started', retryable: false },
  MAILBOX_FULL: { outcome: 'not_started', retryable: true },
  CANCELLED: { outcome: 'not_started', retryable: false },
  TIMEOUT: { outcome: 'unknown', retryable: true },
  COMPONENT_FAILED: { outcome: 'failed', retryable: true },
  RESULT_NOT_SERIALIZABLE: { outcome: 'failed', retryable: false },
  OUTPUT_INVALID: { outcome: 'failed', retryable: false },
  MIDDLEWARE_ERROR: { outcome: 'failed', retryable: false },
  UNAUTHENTICATED: { outcome: 'not_started', retryable: false },
  RATE_LIMITED: { outcome: 'not_started', retryable: true },
  CIRCUIT_OPEN: { outcome: 'not_started', retryable: true },
  SERVICE_UNAVAILABLE: { outcome: 'not_started', retryable: true },
  WORKER_CRASHED: { outcome: 'unknown', retryable: true },
  POISON: { outcome: 'unknown', retryable: false },
  ACTOR_KEY_INVALID: { outcome: 'not_started', retryable: false },
  METHOD_NOT_EXPOSED: { outcome: 'not_started', retryable: false },
  ACTOR_DEADLOCK: { outcome: 'not_started', retryable: false },
  ACTOR_LIMIT: { outcome: 'not_started', retryable: true },
  SNAPSHOT_INVALID: { outcome: 'not_started', retryable: false },
  ACTOR_STOPPED: { outcome: 'not_started', retryable: false },
  METRIC_INVALID: { outcome: 'failed', retryable: false },
  RUN_EXISTS: { outcome: 'not_started', retryable: false },
  RUN_NOT_FOUND: { outcome: 'not_started', retryable: false },
  RUN_LOCKED: { outcome: 'not_started', retryable: true },
  INPUT_CHANGED: { outcome: 'not_started', retryable: false },
  JOURNAL_CORRUPT: { outcome: 'not_started', retryable: false },
  WRITE_FAILED: { outcome: 'failed', retryable: true },
  SHUTTING_DOWN: { outcome: 'not_started', retryable: false },
} as const satisfies Record<string, { outcome: ErrorOutcome; retryable: boolean }>

/** A stable name for what went wrong; compare with it, never with a message. */
export type ErrorCode = keyof typeof errorCodes

/** What a `TroupeError` carries beside its code and message. */
export interface ErrorFields {
  readonly outcome?: ErrorOutcome | undefined
  readonly retryable?: boolean | undefined
  readonly cause?: unknown
  readonly serviceId?: string | undefined
  readonly requestId?: string | undefined
  readonly details?: unknown
}

/** One problem of a configuration: where, what, and the known name that comes nearest to a misspelt one. */
export interface ConfigProblem {
  readonly path: string
  readonly message: string
  readonly nearest?: string
}

/**
 * The one error class of the runtime. Identical in meaning on either side of a thread; test it by `code`, not by
 * `instanceof`, since two copies of the package may be loaded.
 *
 * @example
 * ```ts
 * import { Supervisor, TroupeError } from 'troupe'
 *
 * const supervisor = await Supervisor.start('services.json')
 * try {
 *   await supervisor.execute({ service_id: 'no-such-service' })
 * } catch (error) {
 *   if ((error as TroupeError).code === 'SERVICE_NOT_FOUND') console.log('known services:', (error as TroupeError).details)
 * } finally {
 *   await supervisor.close()
 * }
 * ```
 */
export class TroupeError extends Error {
  override readonly name = 'TroupeError'
  /** What went wrong, as a stable name. */
  readonly code: ErrorCode
  /** Whether the component's code never ran, ran to an end, or was cut off. */
  readonly outcome: ErrorOutcome
  /** Whether trying the same context again may succeed. */
  readonly retryable: boolean
  /** The service that failed, where one is known. */
  readonly serviceId: string | undefined
  /** The request that failed, where one is known. */
  readonly requestId: string | undefined
  /** What else is known, by code: `ConfigProblem[]` for `CONFIG_INVALID`, an object otherwise. */
  readonly details: unknown

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(message, Object.hasOwn(fields, 'cause') ? { cause: fields.cause } : undefined)
    const defaults = errorCodes[code]
    this.code = code
    this.outcome = fields.outcome ?? defaults.outcome
    this.retryable = fields.retryable ?? defaults.retryable
    this.serviceId = fields.serviceId
    this.requestId = fields.requestId
    this.details = fields.details
  }
}

/**
 * Whether `value` is an error of this runtime, from whichever copy of the package.
 *
 * @example
 * ```ts
 * import { Supervisor, isTroupeError } from 'troupe'
 *
 * const supervisor = await Supervisor.start({ services: { echo: { module: 'troupe:echo', class: 'Echo' } } })
 * try {
 *   await supervisor.execute({ service_id: 'ehco' })
 * } catch (error) {
 *   if (isTroupeError(error)) console.log(error.code) // SERVICE_NOT_FOUND
 * } finally {
 *   await supervisor.close()
 * }
 * ```
 */
export function isTroupeError(value: unknown): value is TroupeError {
  try {
    return (
      value instanceof Error &&
      value.name === 'TroupeError' &&
      typeof (value as TroupeError).code === 'string' &&
      Object.hasOwn(errorCodes, (value as TroupeError).code)
    )
  } catch {
    // Anything may be thrown, a Proxy included whose traps throw.
    return false
  }
}
