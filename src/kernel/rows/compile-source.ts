import { types } from 'node:util'

/**
 * Makes the function that a generated source returns. Nothing but keys of values may have got into the source, as JSON.
 * The source knows Node's `isProxy`.
 */
export function compileSource<F>(source: string): F {
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function('isProxy', source)(types.isProxy) as F
}
