export { LaneLoop } from './lane-loop.ts'
export { startLane } from './thread-lane.ts'
