/** What is known of a context that runs when its lane is looked at; times in milliseconds. */
export interface RunSituation {
  readonly isLoading: boolean
  /** Since the lane's mark named it. */
  readonly elapsedMs: number
  /** How much of that went into loading its service. */
  readonly loadingMs: number
  readonly timeoutMs: number | undefined
  readonly loadTimeoutMs: number
  readonly warnAfterMs: number
}

/** What to do about it. */
export type RunVerdict = 'carry on' | 'never loaded' | 'timed out' | 'long'

// The lane keeps the limit of loading itself; only one whose thread is held by synchronous code cannot.
export const LOAD_GRACE_MS = 1_000

/** Judges a running context by its limits. Loading counts against its own, not against the run's. */
export function judgeRun(situation: RunSituation): RunVerdict {
  const { elapsedMs, loadingMs, timeoutMs } = situation
  if (situation.isLoading) return elapsedMs > situation.loadTimeoutMs + LOAD_GRACE_MS ? 'never loaded' : 'carry on'
  const ranMs = elapsedMs - loadingMs
  if (timeoutMs !== undefined && ranMs >= timeoutMs) return 'timed out'
  return ranMs >= situation.warnAfterMs ? 'long' : 'carry on'
}
