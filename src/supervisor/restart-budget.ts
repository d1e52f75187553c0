/** How many restarts a pool allows itself in which time (OTP's intensity and period). */
export interface RestartBudget {
  readonly maxRestarts: number
  readonly withinMs: number
}

/** When the crashes still in the window happened. */
export type CrashHistory = readonly number[]

/** Counts a crash; `exceeded` once more than `maxRestarts` happened within `withinMs`. */
export function recordCrash(
  history: CrashHistory,
  now: number,
  { maxRestarts, withinMs }: RestartBudget,
): { readonly history: CrashHistory; readonly exceeded: boolean } {
  const recent = [...history.filter((at) => now - at < withinMs), now]
  const exceeded = recent.length > maxRestarts
  // What led to a quarantine has had its effect; counting it again would quarantine the next service for nothing.
  return { history: exceeded ? [] : recent, exceeded }
}

const FIRST_DELAY_MS = 100
const LAST_DELAY_MS = 5_000

/** How long to wait before a lane that failed to open `failures` times in a row is opened again. */
export function reopenDelayMs(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 16), LAST_DELAY_MS)
}
