import type { TroupeError } from './errors.ts'

/** How an execution ended. */
export type Outcome<Value = unknown> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: TroupeError }
