import type { Context } from '../../src/component.ts'

/** Contexts as they are, for structured clone. */
export interface CloneChunk {
  readonly type: 'clone'
  readonly from: number
  readonly contexts: readonly Context[]
}

/** What became of them: values, and messages of errors where they lie. */
export interface CloneReply {
  readonly type: 'clone'
  readonly from: number
  readonly outcomes: readonly BareOutcome[]
}

export type BareOutcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string }

/** Contexts of the plain shape: a column for the ids, which hold no newline, and one for the numbers. */
export interface ColumnChunk {
  readonly type: 'columns'
  readonly from: number
  readonly ids: string
  readonly xs: Float64Array
}

/** Their results: `status` is the same in all. */
export interface ColumnReply {
  readonly type: 'columns'
  readonly from: number
  readonly ids: string
  readonly ys: Float64Array
  readonly status: string
}
