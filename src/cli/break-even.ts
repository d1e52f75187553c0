/** What one context of a service was measured to cost beside its run, in microseconds, and on what. */
export interface WayCost {
  /** The main thread's share of the way to a worker and back. */
  readonly mainUs: number
  /** The workers' share of it. */
  readonly laneUs: number
  readonly workers: number
  readonly cores: number
}

/**
 * The cost of a context from which on threads are faster than a plain loop on one thread; `undefined` where they never
 * are, since there is but one worker or one core.
 *
 * A loop takes c for a context. W workers on P cores take no less than any of
 *
 * - m, since the main thread handles each context;
 * - (c + l) / W, since each runs on one of the workers, which also spends l on its way;
 * - (m + c + l) / P, since all of that is work for P cores.
 *
 * Each is less than c where c is more than m, l / (W - 1) and (m + l) / (P - 1): so it is the greatest of these three.
 */
export function breakEvenUs({ mainUs, laneUs, workers, cores }: WayCost): number | undefined {
  if (workers < 2 || cores < 2) return undefined
  return Math.max(mainUs, laneUs / (workers - 1), (mainUs + laneUs) / (cores - 1))
}
