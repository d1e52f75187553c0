import { createHash } from 'node:crypto'
import { TroupeError } from '../contract/errors.ts'
import type { Middleware, MiddlewareHost } from '../contract/middleware.ts'
import { readPath } from '../kernel/own-path.ts'
import { ConfigReader } from './config-reader.ts'
import { takeToken } from './token-bucket.ts'

/** Memory must not grow with the number of clients; the bucket that was idle longest is the likeliest to be full. */
const MAX_BUCKETS = 10_000

/**
 * Refuses contexts above `requests_per_minute`, after a burst of `burst` (a second's worth by default). Each value of
 * the field `by` (a dotted path) has a bucket of its own; contexts without it share one, as all do without `by`.
 */
export function rateLimit(
  config: unknown,
  _host: MiddlewareHost,
  now: () => number = () => performance.now(),
): Middleware {
  const read = new ConfigReader('rate-limit', config)
  const perMinute = read.requiredNumber('requests_per_minute', { above: 0 })
  const burst = read.number('burst', { min: 1, integer: true }, Math.max(1, Math.ceil(perMinute / 60)))
  const by = read.string('by')
  read.end()

  const limits = { intervalMs: 60_000 / perMinute, burst }
  const buckets = new Map<string, number>()
  let refused = 0

  const limit: Middleware = (context, next) => {
    const key = by === undefined ? '' : bucketKey(readPath(context, by))
    const { allowed, fullAt, retryAfterMs } = takeToken(buckets.get(key), now(), limits)
    // Taken out and put back, so that the map's order is that of last use.
    buckets.delete(key)
    buckets.set(key, fullAt)
    if (buckets.size > MAX_BUCKETS) buckets.delete(buckets.keys().next().value!)
    if (allowed) return next(context)
    refused++
    const each = by === undefined ? '' : ` for each ${by}`
    throw new TroupeError(
      'RATE_LIMITED',
      `More than ${perMinute} requests per minute${each}; try again in ${retryAfterMs} ms`,
      { serviceId: context.service_id, requestId: context.request_id, details: { retry_after_ms: retryAfterMs } },
    )
  }
  limit.stats = () => ({ buckets: buckets.size, refused })
  return limit
}

/** A short text for a value of the `by` field: 1 and "1" differ, and a long text is no way to fill the memory. */
function bucketKey(value: unknown): string {
  if (value === undefined || value === null) return 'absent'
  if (typeof value === 'number' || typeof value === 'boolean') return `${typeof value}:${value}`
  if (typeof value !== 'string') return typeof value
  return `text:${value.length > 100 ? createHash('sha256').update(value).digest('base64') : value}`
}
