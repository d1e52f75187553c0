import type { MiddlewareFactory } from '../contract/middleware.ts'
import type { StockMiddlewareName } from '../contract/stock-middleware.ts'

// Imported one by one when asked for: a worker that caches nothing loads no cache.
const loaders: Readonly<Record<StockMiddlewareName, () => Promise<MiddlewareFactory>>> = {
  logging: async () => (await import('./logging.ts')).logging,
  validation: async () => (await import('./validation.ts')).validation,
  authentication: async () => (await import('./authentication.ts')).authentication,
  'rate-limit': async () => (await import('./rate-limit.ts')).rateLimit,
  metrics: async () => (await import('./metrics.ts')).metrics,
  cache: async () => (await import('./cache.ts')).cache,
  split: async () => (await import('./split.ts')).split,
}

/** Imports one stock middleware; its name was checked with the configuration. */
export async function loadStockMiddleware(name: StockMiddlewareName): Promise<MiddlewareFactory> {
  return await loaders[name]()
}
