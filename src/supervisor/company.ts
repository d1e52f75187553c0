import type { RoutedContext } from '../contract/context.ts'
import type { TroupeError } from '../contract/errors.ts'
import type { ExecuteOptions, Progress } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Stage } from '../kernel/stage.ts'
import type { Place } from '../kernel/linked-set.ts'
import type { AttemptRecord } from './attempt-record.ts'

/** What few executions have: middleware around them, a signal to follow, a listener to their progress. */
export interface Company<Execution> {
  bufferBytes: number
  /** The context as it was accepted, where middleware may have replaced it. */
  original: RoutedContext | undefined
  /** What its caller asked for. */
  options: ExecuteOptions | undefined
  /** Whether its caller waits for room rather than hear that there is none. */
  isPatient: boolean
  /** Whether it shows if a quarantined service can be trusted again. */
  isProbe: boolean
  stage: Stage
  stageUntil: number
  redirected: boolean
  onProgress: ((progress: Progress) => void) | undefined
  transfers: readonly ArrayBuffer[] | undefined
  unfollow: (() => void) | undefined
  inner: { resolve(value: unknown): void; reject(error: TroupeError): void } | undefined
  controller: AbortController | undefined
  run: Outcome | undefined
  place: Place<Execution> | undefined
  attempts: AttemptRecord | undefined
  turn: number | undefined
}

/** A company that is as if there were none. */
export function makeCompany<Execution>(): Company<Execution> {
  return {
    bufferBytes: 0,
    original: undefined,
    options: undefined,
    isPatient: false,
    isProbe: false,
    stage: 0,
    stageUntil: Infinity,
    redirected: false,
    onProgress: undefined,
    transfers: undefined,
    unfollow: undefined,
    inner: undefined,
    controller: undefined,
    run: undefined,
    place: undefined,
    attempts: undefined,
    turn: undefined,
  }
}
