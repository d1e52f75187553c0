import type { Log } from '../contract/log.ts'
import type { Plan, ServicePlan } from '../contract/plan.ts'
import type { Chain, ChainEntry } from '../kernel/chain.ts'
import { composeMiddleware } from '../kernel/compose.ts'
import { loadMiddleware } from '../kernel/load-middleware.ts'
import { Watchers } from '../kernel/watchers.ts'
import { loadStockMiddleware } from '../middleware/stock.ts'

/** The supervisor-side middleware of a plan, loaded. */
export interface MiddlewareChains {
  readonly entries: readonly ChainEntry[]
  /** What runs around the service: middleware that only look, or a chain of any. */
  around(service: ServicePlan): Around
}

/** At most one of both. */
export interface Around {
  readonly chain?: Chain
  readonly watchers?: Watchers
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
  const arounds = new Map<string, Around>()
  return {
    entries: entries.filter((entry) => entry !== undefined),
    around(service) {
      const indexes = service.supervisorMiddleware
      // Services with the same list share what is made of it.
      const key = indexes.join()
      const around = arounds.get(key) ?? aroundOf(indexes.map((index) => entries[index]!))
      arounds.set(key, around)
      return around
    },
  }
}

function aroundOf(entries: readonly ChainEntry[]): Around {
  if (entries.length === 0) return {}
  const watchers = Watchers.of(entries)
  return watchers ? { watchers } : { chain: composeMiddleware(entries) }
}
