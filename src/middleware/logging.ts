import type { RoutedContext } from '../contract/context.ts'
import { type LogLevel, type LogMethod, logLevels } from '../contract/log.ts'
import type { Middleware, MiddlewareHost } from '../contract/middleware.ts'
import type { Scope } from '../contract/scope.ts'
import { type Watch, watching } from '../kernel/watching.ts'
import { ConfigReader } from './config-reader.ts'
import { createRedactor } from './redact.ts'

const levels = Object.keys(logLevels) as LogLevel[]

/**
 * Logs each execution: `started` and `completed` with its duration at `level` (`info`), `failed` with duration and error
 * at `error`. `data: true` adds the context's fields to `started`, without those that `redact.ts` and `redact` name.
 */
export function logging(config: unknown, { log: own }: MiddlewareHost, now?: () => number): Middleware {
  const read = new ConfigReader('logging', config)
  const level = read.oneOf('level', levels, 'info')
  const withContext = read.boolean('data', false)
  const redact = createRedactor(read.strings('redact'))
  read.end()

  // Asked of the middleware's own log, whose level stays and is a scope's too: that makes its log when it is first touched.
  const chatty = own.isLevelEnabled(level)
  const hears = chatty || own.isLevelEnabled('error')

  const watch: Watch<Scope> = {
    now,
    begin(context, scope) {
      if (!chatty) return hears ? scope : undefined
      const write: LogMethod = scope.log[level]
      if (withContext) write({ context: redact(ownFields(context)) }, 'started')
      else write('started')
      return scope
    },
    end(scope, outcome, ms) {
      if (outcome.ok && !chatty) return
      const duration_ms = Math.round(ms * 1000) / 1000
      if (outcome.ok) scope.log[level]({ duration_ms }, 'completed')
      else scope.log.error({ duration_ms, error: redact(outcome.error) }, 'failed')
    },
  }
  return watching(watch)
}

/** What the record does not say already. */
function ownFields(context: RoutedContext): Record<string, unknown> {
  const { service_id: _, request_id: __, ...fields } = context
  return fields
}
