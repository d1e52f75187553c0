import type { Log } from '../contract/log.ts'
import type { Plan, ServicePlan } from '../contract/plan.ts'
import { type Chain, type ChainEntry, composeMiddleware } from '../kernel/compose.ts'
import { loadMiddleware } from '../kernel/load-middleware.ts'
import { loadStockMiddleware } from '../middleware/stock.ts'

/** The supervisor-side middleware of a plan, loaded. */
export interface MiddlewareChains {
  readonly entries: readonly ChainEntry[]
  chainOf(service: ServicePlan): Chain | undefined
}

/** Loads the supervisor-side middleware; one that fails to load fails them all. */
export async function loadMiddlewareChains(plan: Plan, log: Log): Promise<MiddlewareChains> {
  const host = {
    side: 'supervisor',
    services: new Map(plan.services.map((service) => [service.id, service])),
    log,
  } as const
  const entries = await Promise.all(
    plan.middleware.map(async (entry) => {
      if (entry.side !== 'supervisor') return undefined
      // The plan's objects have no prototype; a factory gets the ordinary ones it expects.
      return await loadMiddleware(
        { ...entry, config: structuredClone(entry.config) },
        plan.root,
        host,
        loadStockMiddleware,
      )
    }),
  )
  const chains = new Map<string, Chain>()
  return {
    entries: entries.filter((entry) => entry !== undefined),
    chainOf(service) {
      const indexes = service.supervisorMiddleware
      if (indexes.length === 0) return undefined
      // Services with the same list share its chain.
      const key = indexes.join()
      const chain = chains.get(key) ?? composeMiddleware(indexes.map((index) => entries[index]!))
      chains.set(key, chain)
      return chain
    },
  }
}
