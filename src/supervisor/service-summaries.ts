import type { Plan } from '../contract/plan.ts'
import type { ServiceSummary } from '../contract/report.ts'
import type { Service } from './service.ts'

/** What the supervisor says of its services, in their order. */
export function summariesOf(plan: Plan, services: readonly Service[]): ServiceSummary[] {
  const engines = new Map(plan.pools.map((pool) => [pool.name, pool.engine]))
  return services.map(
    ({ plan: { id, pool, stepped, preload, idempotent, steps }, middlewareNames, workerMiddlewareNames }) => ({
      id,
      pool,
      engine: engines.get(pool)!,
      stepped,
      preload,
      idempotent,
      steps: steps.map(({ name, module, class: exported }) => ({ name, module, class: exported })),
      middleware: { supervisor: middlewareNames, worker: workerMiddlewareNames },
    }),
  )
}
