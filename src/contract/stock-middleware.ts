import type { Side } from './scope.ts'

/** The middleware that come with the runtime, by the name that `use` takes, each with the sides it can run on, its default first. */
export const stockMiddleware = {
  logging: ['supervisor', 'worker'],
  // The schemas it asks lie with the components.
  validation: ['worker'],
  authentication: ['supervisor'],
  'rate-limit': ['supervisor'],
  metrics: ['supervisor', 'worker'],
  cache: ['supervisor'],
  // Only the supervisor can send a context to another service.
  split: ['supervisor'],
} as const satisfies Record<string, readonly Side[]>

/** The name of a middleware that comes with the runtime. */
export type StockMiddlewareName = keyof typeof stockMiddleware

/** Every name that `use` can have. */
export const stockMiddlewareNames = Object.keys(stockMiddleware) as readonly StockMiddlewareName[]

/** Whether a middleware of this name comes with the runtime. */
export function isStock(use: unknown): use is StockMiddlewareName {
  return typeof use === 'string' && Object.hasOwn(stockMiddleware, use)
}
