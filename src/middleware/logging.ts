import type { RoutedContext } from '../contract/context.ts'
import { type LogLevel, type LogMethod, logLevels } from '../contract/log.ts'
import type { Middleware, MiddlewareHost } from '../contract/middleware.ts'
import { watching } from '../kernel/watching.ts'
import { ConfigReader } from './config-reader.ts'
import { createRedactor } from './redact.ts'

const levels = Object.keys(logLevels) as LogLevel[]

/**
 * Logs each execution: `started` and `completed` with its duration at `level` (`info`), `failed` with duration and error
 * at `error`. `data: true` adds the context's fields to `started`, without those that `redact.ts` and `redact` name.
 */
export function logging(
  config: unknown,
  { log: own }: MiddlewareHost,
  now: () => number = () => performance.now(),
): Middleware {
  const read = new ConfigReader('logging', config)
  const level = read.oneOf('level', levels, 'info')
  const withContext = read.boolean('data', false)
  const redact = createRedactor(read.strings('redact'))
  read.end()

  return watching((context, scope) => {
    // Asked of the middleware's own log, which has the same level: a scope makes its log when it is first touched.
    const chatty = own.isLevelEnabled(level)
    if (!chatty && !own.isLevelEnabled('error')) return undefined
    const started = now()
    if (chatty) {
      const write: LogMethod = scope.log[level]
      if (withContext) write({ context: redact(ownFields(context)) }, 'started')
      else write('started')
    }
    return (outcome) => {
      if (outcome.ok && !chatty) return
      const duration_ms = Math.round((now() - started) * 1000) / 1000
      if (outcome.ok) scope.log[level]({ duration_ms }, 'completed')
      else scope.log.error({ duration_ms, error: redact(outcome.error) }, 'failed')
    }
  })
}

/** What the record does not say already. */
function ownFields(context: RoutedContext): Record<string, unknown> {
  const { service_id: _, request_id: __, ...fields } = context
  return fields
}
