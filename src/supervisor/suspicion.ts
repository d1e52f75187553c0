/** What the dispatcher knows of a service that took down a worker and has not succeeded since. */
export interface SuspectSituation {
  /** Lanes that are up. */
  readonly lanes: number
  /** Lanes that its pool has when all are up. */
  readonly workers: number
  /** Lanes that run it now. */
  readonly running: number
  /** Whether contexts of other services wait. */
  readonly othersWait: boolean
}

/**
 * Whether a context of such a service may be sent to a lane. One at a time is enough to see whether it still takes its
 * worker down; and the last lane is left to others as long as these need one, or a service that crashes each time would
 * take all of them down again as soon as they are up.
 */
export function mayTry({ lanes, workers, running, othersWait }: SuspectSituation): boolean {
  return running === 0 && (lanes > 1 || workers === 1 || !othersWait)
}
