import type { LaneSetup } from '../contract/plan.ts'
import type { Engine, Lane, LaneListener } from '../engine/engine.ts'
import type { FaultPlan, FaultPoint } from '../contract/fault-plan.ts'
import { isDue } from '../kernel/fault-plan.ts'

/** An engine whose lanes end at the moment that is planned: just before or after something is sent to them. */
export class FaultyEngine implements Engine {
  readonly #engine: Engine
  readonly #plan: FaultPlan

  constructor(engine: Engine, plan: FaultPlan) {
    this.#engine = engine
    this.#plan = plan
  }

  async open(setup: LaneSetup, listener: LaneListener, signal: AbortSignal): Promise<Lane> {
    const lane = await this.#engine.open(setup, listener, signal)
    const send = lane.send.bind(lane)
    const drain = lane.drain.bind(lane)
    const around = <Value>(before: FaultPoint, act: () => Value, after: FaultPoint): Value => {
      if (isDue(this.#plan, before)) lane.kill()
      const value = act()
      if (isDue(this.#plan, after)) lane.kill()
      return value
    }
    lane.send = (...args) => around('supervisor:before-post', () => send(...args), 'supervisor:after-post')
    lane.drain = () => around('supervisor:before-drain', drain, 'supervisor:after-drain')
    return lane
  }
}
