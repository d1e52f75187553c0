// The original: a component may take the global away.
const PromiseClass = Promise

/** Whether `await` would wait for `value`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof PromiseClass ||
    (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function')
  )
}

/** A rejection that a middleware may ignore must not become an unhandled one, which would end the thread. */
export function handled<P extends Promise<unknown>>(promise: P): P {
  promise.catch(() => {})
  return promise
}
