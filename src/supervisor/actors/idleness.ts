/** What decides whether an actor may be passivated. */
export interface Idleness {
  /** Whether it is live, handles nothing, and nothing waits for it. */
  readonly isFree: boolean
  readonly usedAt: number
  readonly idleMs: number | undefined
}

/** Whether an actor has had nothing to do for as long as its service allows. */
export function isIdle({ isFree, usedAt, idleMs }: Idleness, now: number): boolean {
  return isFree && idleMs !== undefined && now - usedAt >= idleMs
}

const LONGEST_MS = 1_000
const SHORTEST_MS = 10

/** How often to look, for the shortest idle time of several services: late by an eighth of it at most, or by a second. */
export function sweepEveryMs(idleMs: Iterable<number | undefined>): number {
  let shortest = LONGEST_MS
  for (const ms of idleMs) if (ms !== undefined) shortest = Math.min(shortest, ms / 8)
  return Math.max(shortest, SHORTEST_MS)
}
