import { types } from 'node:util'
import { compact } from './compact.ts'
import { leafListNumbers, readLeafList, writeLeafList } from './leaf-list.ts'

/**
 * Makes the function that a generated source returns. Nothing but keys of values may have got into the source, as JSON.
 * The source knows Node's `isProxy`, how numbers are made compact, and how lists of leaves are written and read.
 */
export function compileSource<F>(source: string): F {
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function('isProxy', 'compact', 'writeList', 'readList', 'listNumbers', source)
  return make(types.isProxy, compact, writeLeafList, readLeafList, leafListNumbers) as F
}
