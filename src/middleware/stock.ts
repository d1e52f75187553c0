import { TroupeError } from '../contract/errors.ts'
import type { MiddlewareFactory } from '../contract/middleware.ts'
import { nearestName } from '../kernel/nearest-name.ts'

// Imported one by one when asked for: a worker that caches nothing loads no cache.
const loaders = {
  logging: async () => (await import('./logging.ts')).logging,
  validation: async () => (await import('./validation.ts')).validation,
  authentication: async () => (await import('./authentication.ts')).authentication,
  'rate-limit': async () => (await import('./rate-limit.ts')).rateLimit,
  metrics: async () => (await import('./metrics.ts')).metrics,
  cache: async () => (await import('./cache.ts')).cache,
  split: async () => (await import('./split.ts')).split,
} satisfies Record<string, () => Promise<MiddlewareFactory>>

/** A middleware that `use` can name. */
export type StockMiddlewareName = keyof typeof loaders

/** Every name that `use` can have. */
export const stockMiddlewareNames = Object.keys(loaders) as readonly StockMiddlewareName[]

/**
 * Imports one stock middleware.
 *
 * @throws {TroupeError} `CONFIG_INVALID`: there is none of that name.
 */
export async function loadStockMiddleware(name: string): Promise<MiddlewareFactory> {
  if (Object.hasOwn(loaders, name)) return loaders[name as StockMiddlewareName]()
  const nearest = nearestName(name, stockMiddlewareNames)
  const message = `must be one of ${stockMiddlewareNames.join(', ')}`
  throw new TroupeError('CONFIG_INVALID', `There is no stock middleware "${name}": it ${message}`, {
    details: [{ path: 'use', message, ...(nearest !== undefined && { nearest }) }],
  })
}
