import type { Lane } from '../engine/engine.ts'
import type { Execution } from './execution.ts'

/** Whether a context in flight on a lane has started, by the lane's mark. */
export function hasStarted(lane: Lane, execution: Execution): boolean {
  return ((lane.marks.started() - execution.sequence) | 0) >= 0
}
