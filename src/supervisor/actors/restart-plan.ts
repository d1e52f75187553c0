import { type CrashHistory, type RestartBudget, recordCrash } from '../restart-budget.ts'

/** How often an actor may be restarted, and how long each restart waits. */
export interface RestartPlan extends RestartBudget {
  readonly backoffMs: number
  readonly backoffMaxMs: number
}

/** What follows from one more crash: a restart after a while, or none any more. */
export interface RestartDecision {
  readonly history: CrashHistory
  /** `undefined` where the budget is used up. */
  readonly delayMs: number | undefined
}

// Beyond it every delay has reached its limit; a power of two would leave the numbers at 1024.
const MOST_DOUBLINGS = 30

/** Counts a crash. The delay doubles with each crash that still counts. */
export function planRestart(history: CrashHistory, now: number, plan: RestartPlan): RestartDecision {
  const { history: recent, exceeded } = recordCrash(history, now, plan)
  if (exceeded) return { history: recent, delayMs: undefined }
  return { history: recent, delayMs: backoffMs(recent.length, plan) }
}

/** How long the restart after the crash number `crashes` waits. */
export function backoffMs(crashes: number, { backoffMs: first, backoffMaxMs }: RestartPlan): number {
  return Math.min(first * 2 ** Math.min(crashes - 1, MOST_DOUBLINGS), backoffMaxMs)
}
