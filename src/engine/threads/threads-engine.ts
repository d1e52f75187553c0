import type { LaneSetup } from '../../contract/plan.ts'
import { MIDDLEWARE_LOAD_MS } from '../../kernel/load-middleware.ts'
import type { Engine, Lane, LaneListener } from '../engine.ts'
import { ThreadLane } from './lane.ts'

// Time for a thread to come up beside what its middleware and components may take to load.
const BOOT_LIMIT_MS = 10_000

/** Runs each lane in a worker thread of its own. */
export class ThreadsEngine implements Engine {
  open(setup: LaneSetup, listener: LaneListener, signal: AbortSignal): Promise<Lane> {
    const loading = setup.preload.reduce((sum, index) => sum + (setup.services[index]?.loadTimeoutMs ?? 0), 0)
    const middleware = setup.middleware.some(({ side }) => side === 'worker') ? MIDDLEWARE_LOAD_MS : 0
    return ThreadLane.open(setup, listener, BOOT_LIMIT_MS + middleware + loading, signal)
  }
}
