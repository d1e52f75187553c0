import type { LaneSetup } from '../../contract/plan.ts'
import type { Engine, Lane, LaneListener } from '../engine.ts'
import { InlineLane } from './inline-lane.ts'

/**
 * Runs lanes on the program's own thread, for debugging: the same loop, middleware and clone boundary as in a worker.
 * It cannot stop synchronous code, contain `process.exit` or enforce memory.
 */
export class InlineEngine implements Engine {
  open(setup: LaneSetup, listener: LaneListener): Promise<Lane> {
    return InlineLane.open(setup, listener)
  }
}
