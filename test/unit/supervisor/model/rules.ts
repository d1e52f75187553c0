import type { ErrorCode, ErrorOutcome } from '../../../../src/contract/errors.ts'

/** The limits of the configuration that the model runs with. */
export const LIMITS = { mailbox: 6, maxRestarts: 2, withinMs: 10_000, quarantineMs: 10_000, graceMs: 100, tickMs: 25 }
/** Of each circuit breaker: so many outcomes in the window, half of them failed, open it. */
export const BREAKER = { threshold: 0.5, minimum: 4, windowMs: 2_000, openMs: 500 }
/** The least and the most time before the second attempt and those that follow. */
export const BACKOFFS = [
  [50, 100],
  [100, 200],
  [100, 200],
] as const

/** What the reference knows of a service. */
export interface Rule {
  readonly attempts: number
  readonly isIdempotent: boolean
  /** Codes after which it is tried again. */
  readonly retries: readonly ErrorCode[]
  readonly hasBreaker: boolean
}

const retryable = ['COMPONENT_FAILED', 'RATE_LIMITED', 'TIMEOUT', 'WORKER_CRASHED'] as const
const listed = ['COMPONENT_FAILED', 'OUTPUT_INVALID', 'TIMEOUT', 'WORKER_CRASHED'] as const

const once: Rule = { attempts: 1, isIdempotent: false, retries: [], hasBreaker: false }
const rules = {
  plain: once,
  retried: { attempts: 4, isIdempotent: true, retries: retryable, hasBreaker: false },
  careful: { attempts: 2, isIdempotent: false, retries: listed, hasBreaker: false },
  guarded: { ...once, hasBreaker: true },
  both: { attempts: 3, isIdempotent: true, retries: retryable, hasBreaker: true },
}
export const RULES: Readonly<Record<string, Rule>> = rules
export const SERVICES = Object.keys(rules)

const service = { module: 'troupe:echo', class: 'Echo', mailbox: LIMITS.mailbox, grace_ms: LIMITS.graceMs }
const backoff = { backoff_ms: 50, max_backoff_ms: 200 }
const { threshold, minimum } = BREAKER
const breaker = { threshold, minimum, window_ms: BREAKER.windowMs, open_ms: BREAKER.openMs }

/** The same, as people write it. */
export const config = {
  pools: { default: { max_restarts: LIMITS.maxRestarts, within_ms: LIMITS.withinMs } },
  services: {
    plain: service,
    retried: { ...service, ...backoff, max_attempts: 4, idempotent: true },
    careful: { ...service, ...backoff, max_attempts: 2, retry_on: listed },
    guarded: { ...service, breaker },
    both: { ...service, ...backoff, max_attempts: 3, idempotent: true, breaker },
  },
}

/** An error that ends an attempt. */
export interface End {
  readonly code: ErrorCode
  readonly outcome: ErrorOutcome
  readonly retryable: boolean
  /** Whether it is not tried again because this very error says so. */
  readonly isFinal?: boolean
}

/** How a lane may answer for a context; `undefined` is well. */
export const ANSWERS = {
  well: undefined,
  failing: { code: 'COMPONENT_FAILED', outcome: 'failed', retryable: true },
  'failing for good': { code: 'COMPONENT_FAILED', outcome: 'failed', retryable: false, isFinal: true },
  'with an invalid output': { code: 'OUTPUT_INVALID', outcome: 'failed', retryable: false },
  'refusing it': { code: 'RATE_LIMITED', outcome: 'not_started', retryable: true },
} as const satisfies Record<string, End | undefined>
export type Answer = keyof typeof ANSWERS

export const TIMED_OUT: End = { code: 'TIMEOUT', outcome: 'unknown', retryable: true }
export const CANCELLED: End = { code: 'CANCELLED', outcome: 'unknown', retryable: false }
export const CRASHED: End = { code: 'WORKER_CRASHED', outcome: 'unknown', retryable: true }
