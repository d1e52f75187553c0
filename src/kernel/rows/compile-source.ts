import { types } from 'node:util'
import { leafListNumbers, readLeafList, writeLeafList } from './leaf-list.ts'

/**
 * Makes the function that a generated source returns. Nothing but keys of values may have got into the source, as JSON.
 * The source knows Node's `isProxy`, and how lists of leaves are written and read.
 */
export function compileSource<F>(source: string): F {
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function('isProxy', 'writeList', 'readList', 'listNumbers', source)
  return make(types.isProxy, writeLeafList, readLeafList, leafListNumbers) as F
}
