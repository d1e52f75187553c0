import { type ErrorOutcome, TroupeError, isTroupeError } from '../contract/errors.ts'

/** A thrown value in plain, clonable fields, for log records and `details`. */
export interface ThrownDescription {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly outcome?: ErrorOutcome
  readonly stack?: string
}

/** Describes whatever was thrown, `null` and hostile objects included; never throws itself. */
export function describeThrown(thrown: unknown): ThrownDescription {
  try {
    if (!(thrown instanceof Error)) return { name: typeof thrown, message: describeValue(thrown) }
    const code: unknown = (thrown as { code?: unknown }).code
    return {
      // A subclass may have put anything there.
      name: `${thrown.name}`,
      message: `${thrown.message}`,
      ...(typeof code === 'string' && { code }),
      ...(isTroupeError(thrown) && { outcome: thrown.outcome }),
      ...(typeof thrown.stack === 'string' && { stack: thrown.stack }),
    }
  } catch {
    return { name: typeof thrown, message: 'something that cannot be described' }
  }
}

function describeValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const message: unknown = (value as { message?: unknown }).message
  return typeof message === 'string' ? message : Object.prototype.toString.call(value)
}

/** A copy of `error` with `thrown`, which came second, in `details.suppressed`. */
export function addSuppressed(error: TroupeError, middleware: string, thrown: unknown): TroupeError {
  const { stack: _, ...description } = describeThrown(thrown)
  const details = plainDetails(error.details)
  const earlier = Array.isArray(details['suppressed']) ? (details['suppressed'] as unknown[]) : []
  return copy(error, { details: { ...details, suppressed: [...earlier, { middleware, ...description }] } })
}

/** A copy of `error` that says how far the component really came; `cause` is added where it had none. */
export function withOutcome(error: TroupeError, outcome: ErrorOutcome, cause?: unknown): TroupeError {
  return copy(error, { outcome, ...(cause !== undefined && !Object.hasOwn(error, 'cause') && { cause }) })
}

/** A copy of `error`, which ended the last of some attempts, that says how many there were and how far they came. */
export function withAttempts(error: TroupeError, attempts: number, outcome: ErrorOutcome): TroupeError {
  return copy(error, { outcome, details: { ...plainDetails(error.details), attempts } })
}

/** Details that are no plain object (a list, a string) move to `details.value`, so that nothing is lost. */
function plainDetails(details: unknown): Record<string, unknown> {
  if (details === undefined) return {}
  if (typeof details === 'object' && details !== null && !Array.isArray(details)) return { ...details }
  return { value: details }
}

function copy(
  error: TroupeError,
  changes: { outcome?: ErrorOutcome; details?: unknown; cause?: unknown },
): TroupeError {
  const made = new TroupeError(error.code, error.message, {
    outcome: error.outcome,
    retryable: error.retryable,
    serviceId: error.serviceId,
    requestId: error.requestId,
    details: error.details,
    ...(Object.hasOwn(error, 'cause') && { cause: error.cause }),
    ...changes,
  })
  if (error.stack !== undefined) made.stack = error.stack
  return made
}
