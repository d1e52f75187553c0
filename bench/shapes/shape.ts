/** What a field of a context holds. `list` and `object` are nested, of a size that changes from context to context. */
export type FieldKind = 'integer' | 'float' | 'text' | 'foreign-text' | 'boolean' | 'list' | 'object'

/** One field of the input, and of the result where it has a `result`: the name under which what becomes of it returns. */
export interface ShapeField {
  readonly name: string
  readonly kind: FieldKind
  readonly result?: string
}

/** How request ids look. Those of `lines` hold newlines, those of `foreign` no Latin letter. */
export type IdStyle = 'plain' | 'uuid' | 'lines' | 'foreign'

/** What the contexts of one service look like, and its results. */
export interface Shape {
  /** The service id too. */
  readonly name: string
  /** The field that holds the others; `undefined` where they lie in the context itself. */
  readonly wrapper: string | undefined
  readonly fields: readonly ShapeField[]
  /** The field of the result that repeats the request id. */
  readonly idField: string
  /** A field of the result that is always the same text. */
  readonly statusField: string | undefined
  readonly ids: IdStyle
  /** Whether one context in a hundred throws. */
  readonly failing: boolean
  /** Whether `service_id` and `request_id` come behind the other fields. */
  readonly idsLast: boolean
}

/** `{ service_id, request_id, data: { x } }` in, `{ request_id, y, status }` out: what a small service looks like. */
export const plainShape: Shape = {
  name: 'plain',
  wrapper: 'data',
  fields: [{ name: 'x', kind: 'float', result: 'y' }],
  idField: 'request_id',
  statusField: 'status',
  ids: 'plain',
  failing: false,
  idsLast: false,
}

/** The same with data that no column fits, on the way in and on the way out. */
export const nestedShape: Shape = {
  name: 'nested',
  wrapper: 'data',
  fields: [
    { name: 'x', kind: 'float', result: 'y' },
    { name: 'legs', kind: 'list', result: 'flows' },
    { name: 'origin', kind: 'object', result: 'place' },
  ],
  idField: 'request_id',
  statusField: 'status',
  ids: 'plain',
  failing: false,
  idsLast: false,
}

/** A one-line description, for the output. */
export function describeShape({ fields, ids, failing, wrapper }: Shape): string {
  const kinds = fields.map(({ kind }) => kind).join(' ')
  return `${fields.length} ${wrapper === undefined ? 'top-level' : 'wrapped'} (${kinds}), ids ${ids}${failing ? ', 1 % throw' : ''}`
}
