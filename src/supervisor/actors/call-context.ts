import type { RoutedContext } from '../../contract/context.ts'

/**
 * The context of a call through a proxy: it goes the way of all contexts, middleware included. That it is a call, and
 * of which method, only code of this package can say: a context that a program writes goes to `execute`.
 */
export class CallContext implements RoutedContext {
  readonly [field: string]: unknown
  readonly service_id: string
  readonly request_id: string
  readonly key: string
  /** For middleware to see; what is called is kept apart from it. */
  readonly method: string
  readonly data: readonly unknown[]
  readonly #method: string

  constructor(serviceId: string, key: string, requestId: string, method: string, args: readonly unknown[]) {
    this.service_id = serviceId
    this.request_id = requestId
    this.key = key
    this.method = method
    this.data = args
    this.#method = method
  }

  /** The method that a context calls; `undefined` for one that is no call. */
  static methodOf(context: object): string | undefined {
    return #method in context ? context.#method : undefined
  }
}
