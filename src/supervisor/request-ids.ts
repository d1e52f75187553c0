import type { Context, RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'

/**
 * Refuses a request id that is none.
 *
 * @throws {TroupeError} `CONTEXT_INVALID`
 */
export function checkRequestId(context: Context): void {
  const given: unknown = context.request_id
  if (given === undefined || (typeof given === 'string' && given !== '')) return
  const message = 'request_id of a context must be a string that is not empty, or absent'
  throw new TroupeError('CONTEXT_INVALID', message, { serviceId: context.service_id })
}

/** The request id of a context that was accepted, or '' where it has lost it: a getter may throw, and fields be set anew. */
export function requestIdOf(context: Context): string {
  try {
    const given: unknown = context.request_id
    return typeof given === 'string' ? given : ''
  } catch {
    return ''
  }
}

/** Gives a request id to each context that has none, unlike any other of this or another supervisor. */
export class RequestIds {
  readonly #prefix = Math.random().toString(36).slice(2, 10)
  #made = 0

  /** The context with its request id; the caller's own object where it has one. */
  fillIn(context: Context): RoutedContext {
    if (context.request_id !== undefined) return context as RoutedContext
    return { ...context, request_id: `${this.#prefix}-${(++this.#made).toString(36)}` }
  }
}
