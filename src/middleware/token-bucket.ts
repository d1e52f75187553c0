/** What a bucket allows: `burst` at once, and one more every `intervalMs`. */
export interface BucketLimits {
  readonly intervalMs: number
  readonly burst: number
}

/**
 * The state of a bucket is the time at which it will be full again, so an untouched one needs no state and time does
 * not have to be added up. This is the token bucket as the generic cell rate algorithm keeps it (ITU-T I.371, Annex A).
 */
export interface BucketDecision {
  readonly allowed: boolean
  readonly fullAt: number
  /** How long until a token is there; 0 when allowed. */
  readonly retryAfterMs: number
}

/** Takes one token at `now`, or says when one will be there. A refusal takes nothing. */
export function takeToken(fullAt: number | undefined, now: number, limits: BucketLimits): BucketDecision {
  const from = Math.max(fullAt ?? now, now)
  const waitMs = from - now - (limits.burst - 1) * limits.intervalMs
  // Sums of intervals carry rounding errors, which must not turn away who waited as long as told.
  if (waitMs > 1e-4 + 1e-9 * limits.intervalMs) return { allowed: false, fullAt: from, retryAfterMs: Math.ceil(waitMs) }
  return { allowed: true, fullAt: from + limits.intervalMs, retryAfterMs: 0 }
}
