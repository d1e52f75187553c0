import type { BreakerPolicy } from '../contract/plan.ts'
import type { Outcome } from '../contract/outcome.ts'

/** Whether a service is run: always (closed), not at all (open), or for one context that shows whether it can be. */
export type Breaker =
  | { readonly state: 'closed'; readonly slots: readonly Slot[] }
  | { readonly state: 'open'; readonly retryAt: number }
  /** `probe` is out; should nothing be heard of it, another may go at that time, which is its name. */
  | { readonly state: 'half_open'; readonly probe: number }

/** The outcomes of a tenth of the window. */
interface Slot {
  readonly number: number
  readonly failed: number
  readonly total: number
}

/** What one outcome says of its service; `undefined` is nothing. */
export type BreakerVote = 'ok' | 'failed' | undefined

export const CLOSED: Breaker = Object.freeze({ state: 'closed', slots: [] })

const SLOTS = 10

/** Whether a context may enter, and as which probe. */
export function enterBreaker(
  breaker: Breaker,
  now: number,
  { openMs }: BreakerPolicy,
): { readonly breaker: Breaker; readonly admitted: boolean; readonly probe?: number } {
  if (breaker.state === 'closed') return { breaker, admitted: true }
  if (now < refusesUntil(breaker)) return { breaker, admitted: false }
  const probe = now + openMs
  return { breaker: { state: 'half_open', probe }, admitted: true, probe }
}

/** Until when nobody is let in. */
export function refusesUntil(breaker: Breaker): number {
  if (breaker.state === 'closed') return -Infinity
  return breaker.state === 'open' ? breaker.retryAt : breaker.probe
}

/** What follows from an outcome, that of `probe` where it is given. What began before it opened changes nothing. */
export function afterVote(
  breaker: Breaker,
  vote: BreakerVote,
  probe: number | undefined,
  now: number,
  policy: BreakerPolicy,
): Breaker {
  if (breaker.state === 'closed') return vote ? count(breaker.slots, vote, now, policy) : breaker
  if (breaker.state === 'open' || breaker.probe !== probe) return breaker
  if (vote === 'ok') return CLOSED
  // A probe that says nothing is as if it had not been: the next context is the probe.
  return { state: 'open', retryAt: vote === 'failed' ? now + policy.openMs : now }
}

function count(slots: readonly Slot[], vote: 'ok' | 'failed', now: number, policy: BreakerPolicy): Breaker {
  const number = Math.floor((now * SLOTS) / policy.windowMs)
  const recent = slots.filter((slot) => slot.number > number - SLOTS)
  const last = recent.at(-1)?.number === number ? recent.pop() : undefined
  recent.push({ number, failed: (last?.failed ?? 0) + (vote === 'failed' ? 1 : 0), total: (last?.total ?? 0) + 1 })
  const failed = recent.reduce((sum, slot) => sum + slot.failed, 0)
  const total = recent.reduce((sum, slot) => sum + slot.total, 0)
  if (total < policy.minimum || failed < policy.threshold * total) return { state: 'closed', slots: recent }
  return { state: 'open', retryAt: now + policy.openMs }
}

/** Counts what the service did, and not what was refused before its run or ended because somebody wanted it to. */
export function voteOf(outcome: Outcome): BreakerVote {
  if (outcome.ok) return 'ok'
  const { code, outcome: reached } = outcome.error
  if (code === 'CANCELLED' || code === 'SHUTTING_DOWN') return undefined
  return reached !== 'not_started' || code === 'COMPONENT_LOAD_FAILED' ? 'failed' : undefined
}
