import { TroupeError, isTroupeError } from '../contract/errors.ts'
import type { Middleware, MiddlewareFactory, MiddlewareHost } from '../contract/middleware.ts'
import type { MiddlewarePlan } from '../contract/plan.ts'
import type { StockMiddlewareName } from '../contract/stock-middleware.ts'
import type { ChainEntry } from './chain.ts'
import { importModule } from './import-module.ts'
import { resolveModule } from './module-path.ts'
import { describeThrown } from './thrown.ts'

/** Finds the factory of a stock middleware by its name. */
export type StockMiddleware = (name: StockMiddlewareName) => Promise<MiddlewareFactory>

/** How long importing and making one middleware may take. */
export const MIDDLEWARE_LOAD_MS = 10_000

/**
 * Makes one middleware of the list. Whatever goes wrong is an error: a list without one of its entries would run
 * services without what was to guard them.
 *
 * @throws {TroupeError} `CONFIG_INVALID` from a factory that refuses its config, `COMPONENT_PATH_FORBIDDEN`, and
 *   `MIDDLEWARE_ERROR` for everything else, naming the middleware.
 */
export async function loadMiddleware(
  plan: MiddlewarePlan,
  root: string,
  host: MiddlewareHost,
  stock: StockMiddleware,
): Promise<ChainEntry> {
  try {
    return { name: plan.name, run: await withinLimit(make(plan, root, host, stock)) }
  } catch (error) {
    if (isTroupeError(error)) throw error
    throw new TroupeError(
      'MIDDLEWARE_ERROR',
      `Middleware ${plan.name} (middleware[${plan.entry}]) could not be loaded: ${describeThrown(error).message}`,
      {
        outcome: 'not_started',
        cause: error,
        details: { middleware: plan.name, source: plan.source },
      },
    )
  }
}

/** Nobody waits for ever for a module or a factory; what it comes to after the limit is ignored. */
async function withinLimit<Value>(made: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const why = `it was not there after ${MIDDLEWARE_LOAD_MS} ms: a top-level await or a factory that never ends can be why`
    timer = setTimeout(() => reject(new Error(why)), MIDDLEWARE_LOAD_MS)
  })
  try {
    return await Promise.race([made, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

async function make(
  plan: MiddlewarePlan,
  root: string,
  host: MiddlewareHost,
  stock: StockMiddleware,
): Promise<Middleware> {
  const factory = 'use' in plan.source ? await stock(plan.source.use) : await exportOf(plan.source, root)
  const run: unknown = await factory(plan.config as never, host)
  if (typeof run !== 'function')
    throw new Error('its factory returned no middleware: return (context, next, scope) => …')
  return run as Middleware
}

async function exportOf(source: { module: string; export: string }, root: string): Promise<MiddlewareFactory> {
  const { kind, file } = resolveModule(source.module, root)
  if (kind === 'absent') throw new Error(`there is no file ${file}`)
  const { namespace } = await importModule(file)
  if (!Object.hasOwn(namespace, source.export)) {
    throw new Error(`${file} exports ${Object.keys(namespace).join(', ') || 'nothing'}, not ${source.export}`)
  }
  const factory = namespace[source.export]
  if (typeof factory !== 'function')
    throw new Error(`${source.export} of ${file} is no function (config) => middleware`)
  return factory as MiddlewareFactory
}
