import type { Context, RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'

/** Gives a request id to each context that has none, unlike any other of this or another supervisor. */
export class RequestIds {
  readonly #prefix = Math.random().toString(36).slice(2, 10)
  #made = 0

  /**
   * The context with its request id; the caller's own object where it has one.
   *
   * @throws {TroupeError} `CONTEXT_INVALID`: the id it has is no string, or empty.
   */
  fillIn(context: Context): RoutedContext {
    const given: unknown = context.request_id
    if (typeof given === 'string' && given !== '') return context as RoutedContext
    if (given !== undefined) {
      const message = 'request_id of a context must be a string that is not empty, or absent'
      throw new TroupeError('CONTEXT_INVALID', message, { serviceId: context.service_id })
    }
    return { ...context, request_id: `${this.#prefix}-${(++this.#made).toString(36)}` }
  }
}
