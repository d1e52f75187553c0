import { createHash } from 'node:crypto'
import { serialize } from 'node:v8'
import { LRUCache } from 'lru-cache'
import type { RoutedContext } from '../contract/context.ts'
import { EXPERIMENT } from '../contract/experiment-slice.ts'
import type { Middleware, MiddlewareHost } from '../contract/middleware.ts'
import { payloadSize } from '../kernel/payload-size.ts'
import { ConfigReader } from './config-reader.ts'
import { inKeyOrder } from './key-order.ts'

/** A key is a digest of 64 characters; an entry is never of size 0, which the LRU forbids. */
const KEY_BYTES = 64

/**
 * Answers a context that is equal to an earlier one, but for its `request_id`, with the earlier result, for `ttl_ms`.
 * Acts on services marked `idempotent` only. Errors, experiments, and what cannot be cloned, are not kept.
 */
export function cache(config: unknown, host: MiddlewareHost, now: () => number = () => performance.now()): Middleware {
  const read = new ConfigReader('cache', config)
  const ttl = read.requiredNumber('ttl_ms', { min: 1, max: 2 ** 31 - 1, integer: true })
  const max = read.number('max_entries', { min: 1, max: 1_000_000, integer: true }, 1000)
  const maxBytes = read.number('max_bytes', { min: 1, integer: true }, 64 * 1024 * 1024)
  read.end()

  const entries = new LRUCache<string, { readonly value: unknown }>({
    max,
    ttl,
    maxSize: maxBytes,
    sizeCalculation: ({ value }) => KEY_BYTES + payloadSize(value, maxBytes),
    // Resolution 0 reads the clock each time, where any other keeps a timer.
    ttlResolution: 0,
    perf: { now },
  })
  const warned = new Set<string>()
  const counts = { hits: 0, misses: 0, bypassed: 0 }

  const answer: Middleware = (context, next) => {
    const id = context.service_id
    if (host.services.get(id)?.idempotent !== true) {
      if (!warned.has(id))
        host.log.warn({ service_id: id }, `Service "${id}" is not cached: it is not marked idempotent`)
      warned.add(id)
      return next(context)
    }
    // What an experiment comes to is kept in its folder, and depends on more than its context says.
    const key = EXPERIMENT in context ? undefined : cacheKey(context)
    if (key === undefined) {
      counts.bypassed++
      return next(context)
    }
    const known = entries.get(key)
    if (known !== undefined) {
      counts.hits++
      return structuredClone(known.value)
    }
    counts.misses++
    return next(context).then((value) => {
      const kept = cloned(value)
      if (kept !== undefined) entries.set(key, kept)
      return value
    })
  }
  answer.stats = () => ({ ...counts, entries: entries.size, bytes: entries.calculatedSize })
  return answer
}

/**
 * `authorization` is part of it: where this stands before the authentication, a context with another token must not be
 * answered; behind it the field is gone.
 */
function cacheKey(context: RoutedContext): string | undefined {
  try {
    const { request_id: _, ...fields } = context
    return createHash('sha256')
      .update(serialize(inKeyOrder(fields)))
      .digest('hex')
  } catch {
    return undefined
  }
}

/** Boxed, since `undefined` is a result too. */
function cloned(value: unknown): { readonly value: unknown } | undefined {
  try {
    return { value: structuredClone(value) }
  } catch {
    return undefined
  }
}
