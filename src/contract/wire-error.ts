import type { ErrorCode, ErrorOutcome } from './errors.ts'

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
