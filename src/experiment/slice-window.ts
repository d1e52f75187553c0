import type { ExperimentPlan } from '../contract/experiment-plan.ts'

const WINDOW_BYTES = 32 * 1024 * 1024
const LEAST = 64
const MOST = 8_192
const BYTES_OF_A_METRIC = 512

/** How many blocks may be computed ahead of the first that is not there: what waits for it is kept in memory. */
export function windowOf({ layout, metrics, outputs }: ExperimentPlan): number {
  const rowBytes = outputs.some((output) => output.startsWith('runs.')) ? layout.blockSize * 8 : 0
  const blockBytes = metrics.length * (BYTES_OF_A_METRIC + rowBytes)
  return Math.min(Math.max(Math.floor(WINDOW_BYTES / blockBytes), LEAST), MOST)
}
