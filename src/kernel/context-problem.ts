import type { RoutedContext } from '../contract/context.ts'

/** What is wrong with what a middleware gave to `next`, if anything. */
export function contextProblem(context: unknown): string | undefined {
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    const given = context === null ? 'null' : Array.isArray(context) ? 'an array' : typeof context
    return `called next() with ${given}; call next(context)`
  }
  if (!Object.hasOwn(context, 'service_id') || typeof (context as RoutedContext).service_id !== 'string') {
    return 'called next() with a context that has no service_id'
  }
  const requestId: unknown = (context as RoutedContext).request_id
  return requestId === undefined || typeof requestId === 'string'
    ? undefined
    : 'called next() with a request_id that is no string'
}
