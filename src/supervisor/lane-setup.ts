import type { LogThreshold } from '../contract/log.ts'
import type { LaneSetup, MiddlewarePlan, Plan } from '../contract/plan.ts'

/** What the lanes of one pool are told; `worker` and `preload` differ between them. */
export function laneSetup(plan: Plan, pool: string, logThreshold: LogThreshold): Omit<LaneSetup, 'worker' | 'preload'> {
  const { root, services } = plan
  const { thread, recycleAtMb } = plan.pools.find(({ name }) => name === pool)!
  const middleware = laneMiddleware(plan, pool)
  return { root, services, middleware, logThreshold, thread, reportsMemory: recycleAtMb !== undefined }
}

/**
 * The whole list, so that indexes hold. What runs around no service of the pool is left to the supervisor there, and
 * not loaded; its config is not the worker's to know.
 */
function laneMiddleware(plan: Plan, pool: string): readonly MiddlewarePlan[] {
  const own = plan.services.filter((service) => service.pool === pool)
  const used = new Set(own.flatMap((service) => service.workerMiddleware))
  return plan.middleware.map((entry, index) => (used.has(index) ? entry : { ...entry, side: 'supervisor', config: {} }))
}
