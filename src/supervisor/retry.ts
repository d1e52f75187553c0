import { type ErrorCode, type TroupeError, errorCodes } from '../contract/errors.ts'
import type { RetryPolicy } from '../contract/plan.ts'
import { retryCodes } from '../contract/retry-codes.ts'

/** What the attempts of one context have come to. */
export interface AttemptsMade {
  /** How many have ended, the last one included. */
  readonly made: number
  /** How many of them took their worker down. */
  readonly crashes: number
}

/** What bounds the next attempt; times in milliseconds. */
export interface RetrySituation {
  readonly now: number
  readonly deadlineAt: number
  /** Until when the service lets nobody in. */
  readonly closedUntil: number
  /** A number in [0, 1): spreads the attempts of contexts that failed together. */
  readonly random: number
}

/** What follows from an attempt that ended with an error. */
export type RetryVerdict =
  { readonly next: 'end' } | { readonly next: 'poison' } | { readonly next: 'attempt'; readonly at: number }

const POISON_CRASHES = 2
const END: RetryVerdict = Object.freeze({ next: 'end' })
const POISON: RetryVerdict = Object.freeze({ next: 'poison' })

/** Whether, and when, a context is tried again whose last attempt ended with `error`. */
export function judgeAttempt(
  { made, crashes }: AttemptsMade,
  error: TroupeError,
  policy: RetryPolicy,
  { now, deadlineAt, closedUntil, random }: RetrySituation,
): RetryVerdict {
  if (crashes >= POISON_CRASHES) return POISON
  if (made >= policy.maxAttempts || !mayTryAgain(error, policy)) return END
  const at = now + backoffMs(made, policy, random)
  // To wait for what can only be refused would keep the caller from an error that is known already.
  return at < deadlineAt && at >= closedUntil ? { next: 'attempt', at } : END
}

function mayTryAgain(error: TroupeError, { idempotent, retryOn }: RetryPolicy): boolean {
  if (!canTryAgain.has(error.code) || (error.outcome === 'unknown' && !idempotent)) return false
  if (!retryOn) return error.retryable
  // A code that is listed is tried again although it is not by default, but not where this very error says no.
  return retryOn.includes(error.code) && (error.retryable || !errorCodes[error.code].retryable)
}

const canTryAgain: ReadonlySet<ErrorCode> = new Set(retryCodes)

/**
 * How long to wait after `made` attempts. The least time doubles with each attempt, and up to as much again is added at
 * random: "equal jitter" (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
 */
export function backoffMs(made: number, policy: RetryPolicy, random: number): number {
  const most = Math.min(policy.backoffMs * 2 ** Math.min(made, 32), policy.maxBackoffMs)
  const least = Math.max(most / 2, policy.backoffMs)
  return least + random * (most - least)
}
