import type { Middleware, MiddlewareHost } from '../contract/middleware.ts'
import { hash32 } from '../numerics/stream-seed.ts'
import { ConfigReader } from './config-reader.ts'

/**
 * Sends `share` (0 to 1) of the contexts of `service` to the service `to`, for an A/B test. The choice is a hash of the
 * request id: the same request always goes the same way. Another `salt` makes another, independent choice.
 */
export function split(config: unknown, host: MiddlewareHost): Middleware {
  const read = new ConfigReader('split', config)
  const service = read.requiredString('service')
  const to = read.requiredString('to')
  const share = read.requiredNumber('share', { min: 0, max: 1 })
  const salt = read.string('salt', `${service}/${to}`)
  for (const [key, id] of [
    ['service', service],
    ['to', to],
  ] as const) {
    if (id !== '' && !host.services.has(id)) read.problem(key, `names "${id}", which is no service`)
  }
  if (service !== '' && service === to) read.problem('to', 'must be another service than the one split')
  read.end()

  return (context, next) => {
    if (context.service_id !== service) return next(context)
    return next(hash32(`${salt}/${context.request_id}`) / 2 ** 32 < share ? { ...context, service_id: to } : context)
  }
}
