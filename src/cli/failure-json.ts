import { isTroupeError } from '../index.ts'
import { jsonText } from './json-text.ts'

/** An error as `--json` and the failures of a batch print it. */
export interface FailureJson {
  readonly code: string
  readonly message: string
  readonly outcome?: string
  readonly retryable?: boolean
  readonly service_id?: string
  readonly request_id?: string
  readonly details?: unknown
  readonly cause?: CauseJson
}

interface CauseJson {
  readonly name: string
  readonly message: string
  readonly cause?: CauseJson
}

/** The longest chain of causes that is printed; a chain may run in a circle. */
const maxCauses = 8

/** Takes from an error what can be JSON, under the names that JSON uses here. */
export function failureJson(error: unknown): FailureJson {
  if (!(error instanceof Error)) return { code: 'ERROR', message: String(error) }
  if (!isTroupeError(error)) {
    const code = (error as NodeJS.ErrnoException).code
    return { code: typeof code === 'string' ? code : 'ERROR', message: error.message, outcome: 'not_started' }
  }
  const cause = causeJson(error.cause, 1)
  return {
    code: error.code,
    message: error.message,
    outcome: error.outcome,
    retryable: error.retryable,
    ...(error.serviceId !== undefined && { service_id: error.serviceId }),
    ...(error.requestId !== undefined && { request_id: error.requestId }),
    ...(isJson(error.details) && { details: error.details }),
    ...(cause && { cause }),
  }
}

function causeJson(error: unknown, depth: number): CauseJson | undefined {
  if (!(error instanceof Error) || depth > maxCauses) return undefined
  const cause = causeJson(error.cause, depth + 1)
  return { name: error.name, message: error.message, ...(cause && { cause }) }
}

function isJson(value: unknown): boolean {
  if (value === undefined) return false
  try {
    jsonText(value)
    return true
  } catch {
    return false
  }
}
