/** When the workers of a pool are replaced by fresh ones. */
export interface RecycleLimits {
  /** Contexts that a worker runs. */
  readonly recycleAfter: number | undefined
  /** Memory that a worker uses, as it says itself. */
  readonly recycleAtMb: number | undefined
}

/** What a worker has done and grown to. */
export interface WorkerAge {
  /** Contexts that it was sent and has not passed over. */
  readonly used: number
  readonly memoryMb: number
}

/** The worker that is to be replaced next: the one farthest past a limit, if any is. */
export function chooseRecycled<Worker extends WorkerAge>(
  workers: readonly Worker[],
  limits: RecycleLimits,
): Worker | undefined {
  let chosen: Worker | undefined
  let most = 1
  for (const worker of workers) {
    const age = ageOf(worker, limits)
    if (age < most || (age === most && chosen)) continue
    chosen = worker
    most = age
  }
  return chosen
}

/** How old a worker is: due from 1 on. One that has run nothing is never due, or a low limit would replace for ever. */
function ageOf({ used, memoryMb }: WorkerAge, { recycleAfter, recycleAtMb }: RecycleLimits): number {
  if (used === 0) return 0
  return Math.max(used / (recycleAfter ?? Infinity), memoryMb / (recycleAtMb ?? Infinity))
}

/**
 * How many contexts a worker may be sent in all. One that is due while it has to wait for its turn goes on, so that
 * the pool is short of one worker at most; but never to twice its limit, so a limit of one context holds to the letter.
 */
export function allowanceOf(used: number, mustWait: boolean, { recycleAfter }: RecycleLimits): number {
  if (recycleAfter === undefined) return Infinity
  return mustWait && used >= recycleAfter ? 2 * recycleAfter - 1 : recycleAfter
}
