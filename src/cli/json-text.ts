import { TroupeError } from '../index.ts'

/** JSON.stringify recurses; far below its limit, so that the error can be typed and name a place. */
const maxDepth = 1_000

/**
 * The JSON text of a result. Typed arrays print as arrays and dates in ISO form; a field that is `undefined` is left
 * out and a result that is `undefined` is `null`. Whatever else JSON would silently turn into `null` or `{}` is refused.
 *
 * @param options `indent` spaces per level for people; one line without it.
 * @throws {TroupeError} `RESULT_NOT_SERIALIZABLE`, naming the place: `result.prices[3]`.
 */
export function jsonText(value: unknown, options: { readonly indent?: number } = {}): string {
  const walk: Walk = { keys: [], ancestors: [], hasTypedArrays: false }
  checkJson(value, walk)
  try {
    return JSON.stringify(value, walk.hasTypedArrays ? expandTypedArray : undefined, options.indent) ?? 'null'
  } catch (error) {
    throw new TroupeError('RESULT_NOT_SERIALIZABLE', `The result cannot be JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Where in the result the check stands, and what it has met. */
interface Walk {
  readonly keys: (string | number)[]
  readonly ancestors: object[]
  /** Without any, JSON.stringify needs no replacer and is several times as fast. */
  hasTypedArrays: boolean
}

// `this[key]` is the value as it is; `value` is what a `toJSON` of it may have made (a Buffer has one).
function expandTypedArray(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]
  return ArrayBuffer.isView(original) ? Array.from(original as Float64Array) : value
}

function checkJson(value: unknown, walk: Walk): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(walk, `is ${value}`)
  } else if (typeof value === 'object') {
    checkObject(value, walk)
  } else if (value !== undefined) {
    refuse(walk, `is a ${typeof value}`)
  }
}

function checkObject(value: object, walk: Walk): void {
  const { ancestors } = walk
  if (ancestors.length >= maxDepth) {
    const isCircular = new Set(ancestors).size < ancestors.length
    refuse(walk, isCircular ? 'is part of an object that contains itself' : `is nested deeper than ${maxDepth} levels`)
  }
  ancestors.push(value)
  if (Array.isArray(value)) {
    checkItems(value, walk)
  } else if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    walk.hasTypedArrays = true
    checkItems(value as Float64Array, walk)
  } else if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) refuse(walk, 'is an invalid Date')
  } else {
    checkFields(value, walk)
  }
  ancestors.pop()
}

function checkItems(items: ArrayLike<unknown>, walk: Walk): void {
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index]
    if (typeof item === 'number' && Number.isFinite(item)) continue
    walk.keys.push(index)
    if (item === undefined) refuse(walk, 'is undefined')
    checkJson(item, walk)
    walk.keys.pop()
  }
}

function checkFields(value: object, walk: Walk): void {
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1)
  if (kind !== 'Object') refuse(walk, `is a ${kind}`)
  for (const key of Object.keys(value)) {
    walk.keys.push(key)
    checkJson((value as Record<string, unknown>)[key], walk)
    walk.keys.pop()
  }
}

function refuse({ keys }: Walk, why: string): never {
  // A place hundreds of levels deep is told by its beginning.
  const place = `result${keys.slice(0, 20).map(keyText).join('')}${keys.length > 20 ? '…' : ''}`
  throw new TroupeError('RESULT_NOT_SERIALIZABLE', `${place} ${why}, which JSON cannot express`, {
    details: { path: place },
  })
}

function keyText(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
