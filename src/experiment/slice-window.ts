import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import { needsSketch } from '../numerics/point-reduction.ts'

const WINDOW_BYTES = 32 * 1024 * 1024
const LEAST = 64
const MOST = 8_192
const BYTES_OF_A_METRIC = 512
// Of a sketch: its class and its count, for each value that has a class of its own. Beyond so many, values share them.
const BYTES_OF_A_CLASS = 16
const MOST_CLASSES = 2_048

/** How many blocks may be computed ahead of the first that is not there: what waits for it is kept in memory. */
export function windowOf(plan: ExperimentPlan): number {
  const { layout, metrics, outputs } = plan
  const rowBytes = outputs.some((output) => output.startsWith('runs.')) ? layout.blockSize * 8 : 0
  const sketchBytes = BYTES_OF_A_CLASS * Math.min(layout.blockSize, MOST_CLASSES)
  const sketches = metrics.filter((metric) => needsSketch(plan, metric)).length
  const blockBytes = metrics.length * (BYTES_OF_A_METRIC + rowBytes) + sketches * sketchBytes
  return Math.min(Math.max(Math.floor(WINDOW_BYTES / blockBytes), LEAST), MOST)
}
