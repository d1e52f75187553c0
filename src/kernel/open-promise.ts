/** A promise and its two ends. */
export interface OpenPromise<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (reason: unknown) => void
}

const nobody = (): void => {}
let resolveLast: (value: unknown) => void = nobody
let rejectLast: (reason: unknown) => void = nobody

/** One for all promises: an executor of its own for each would be a third of what a promise takes. */
function keepEnds(resolve: (value: unknown) => void, reject: (reason: unknown) => void): void {
  resolveLast = resolve
  rejectLast = reject
}

/** Makes a promise for others to settle, as `Promise.withResolvers` of later Nodes does. */
export function openPromise<Value>(): OpenPromise<Value> {
  const promise = new Promise<unknown>(keepEnds) as Promise<Value>
  const open = { promise, resolve: resolveLast, reject: rejectLast }
  // They hold the promise, and with it what it comes to.
  resolveLast = nobody
  rejectLast = nobody
  return open
}
