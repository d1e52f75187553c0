import { vi } from 'vitest'
import type { RoutedContext } from '../../../src/contract/context.ts'
import type { Log, LogLevel, LogThreshold } from '../../../src/contract/log.ts'
import { logLevels } from '../../../src/contract/log.ts'
import type { Middleware, MiddlewareHost } from '../../../src/contract/middleware.ts'
import type { Scope, Side } from '../../../src/contract/scope.ts'
import { composeMiddleware } from '../../../src/kernel/compose.ts'

/** A record as the log of a test keeps it: level, then the arguments. */
export type Record = readonly [level: LogLevel, ...unknown[]]

/** A log that keeps its records. */
export function keepingLog(threshold: LogThreshold = 'trace'): { readonly log: Log; readonly records: Record[] } {
  const records: Record[] = []
  const isLevelEnabled = (level: LogLevel) => threshold !== 'silent' && logLevels[level] >= logLevels[threshold]
  const methods = (Object.keys(logLevels) as LogLevel[]).map((level) => [
    level,
    (...given: unknown[]) => void (isLevelEnabled(level) && records.push([level, ...given])),
  ])
  return { log: { ...Object.fromEntries(methods), isLevelEnabled } as Log, records }
}

/** A host with the services `pricing` (idempotent) and `counter`. */
export function makeHost(
  side: Side = 'supervisor',
  kept = keepingLog(),
): MiddlewareHost & { readonly records: Record[] } {
  const services = new Map([
    ['pricing', { idempotent: true }],
    ['counter', { idempotent: false }],
  ])
  return { side, services, ...kept }
}

/** Runs contexts through one middleware around `component`. */
export function stand(middleware: Middleware, component: (context: RoutedContext) => unknown = () => 'value') {
  const terminal = vi.fn(component)
  const redirect = vi.fn(async (_: RoutedContext): Promise<unknown> => 'redirected')
  const chain = composeMiddleware([{ name: 'tested', run: middleware }])
  return {
    terminal,
    redirect,
    run: async (fields: object = {}, scope: object = {}): Promise<unknown> => {
      const context = { service_id: 'pricing', request_id: 'r-1', ...fields }
      return chain(context, terminal, { ...keepingLog(), ...scope } as unknown as Scope, undefined, redirect)
    },
  }
}
