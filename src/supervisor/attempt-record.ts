import type { ErrorOutcome, TroupeError } from '../contract/errors.ts'

/** What the attempts of one execution have come to, kept from the first that failed on. */
export interface AttemptRecord {
  /** How many attempts have ended, and how many of them took their worker down. */
  made: number
  crashes: number
  /** How far any of them came, and what the last one ended with. */
  reached: ErrorOutcome
  error: TroupeError | undefined
  /** When the next attempt is due, while it waits for that. */
  dueAt: number
  /** Set while it shows whether its service's circuit may close: the name of the probe that it is. */
  probe: number | undefined
}

/** A record that is as if there were none. */
export function makeAttemptRecord(): AttemptRecord {
  return { made: 0, crashes: 0, reached: 'not_started', error: undefined, dueAt: Infinity, probe: undefined }
}

/** The outcome that says more of what may have happened. */
export function further(one: ErrorOutcome, other: ErrorOutcome): ErrorOutcome {
  if (one === 'unknown' || other === 'unknown') return 'unknown'
  return one === 'failed' || other === 'failed' ? 'failed' : 'not_started'
}
