import { types } from 'node:util'
import { isDense } from './leaf-list.ts'
import { MAX_ITEMS, MAX_OBJECTS } from './tree-codes.ts'

/**
 * What a leaf holds. `null` and `undefined` are types of their own: a key that is there is not a key that is absent. A
 * list holds leaves of any other type, as many as it likes.
 */
export type LeafType = 'number' | 'string' | 'boolean' | 'null' | 'undefined' | 'list'

/**
 * What values have in common that are written alike: the keys in their order, and under each the type of a leaf or the
 * shape of a nested object. A list of pairs, so that no key can mean anything to the object that holds it.
 */
export type Shape = readonly ShapeField[]
export type ShapeField = readonly [key: string, type: LeafType | Shape]

/** How deep objects may be nested. */
export const MAX_DEPTH = 4
const MAX_LEAVES = 64
const MAX_KEY_LENGTH = 256

/**
 * The shape of a plain value that can cross as a row just as structured clone would bring it, or `undefined`. Empty
 * objects have none: an exotic object without keys would pass for one. It asks structured clone itself whether the value
 * is as plain as it looks, once for a shape.
 *
 * @param isKnown Says that nobody needs this shape again.
 */
export function shapeOf(value: unknown, isKnown?: (shape: Shape) => boolean): Shape | undefined {
  try {
    const shape = new ShapeWalk().open(value, 1)
    if (shape === undefined || isKnown?.(shape)) return undefined
    return isCopyOf(structuredClone(value), shape) ? shape : undefined
  } catch {
    return undefined
  }
}

class ShapeWalk {
  readonly #objects = new Set<object>()
  #leaves = 0

  open(value: unknown, depth: number): Shape | undefined {
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return undefined
    if (depth > MAX_DEPTH || Object.getPrototypeOf(value) !== Object.prototype) return undefined
    if (!this.#isNew(value)) return undefined
    const shape: ShapeField[] = []
    for (const key of Object.keys(value)) {
      const own = Object.getOwnPropertyDescriptor(value, key)
      // A getter may say something else each time it is asked.
      if (own === undefined || own.get !== undefined || own.set !== undefined) return undefined
      if (key === '__proto__' || key.length > MAX_KEY_LENGTH) return undefined
      const type = leafTypeOf(own.value) ?? this.open(own.value, depth + 1)
      if (type === 'list' && !this.#isNew(own.value as object)) return undefined
      if (type === undefined || (typeof type === 'string' && ++this.#leaves > MAX_LEAVES)) return undefined
      shape.push([key, type])
    }
    return shape.length > 0 ? shape : undefined
  }

  /** An object that occurs twice must stay one object: a row would make two of it. */
  #isNew(value: object): boolean {
    if (this.#objects.has(value) || this.#objects.size === MAX_OBJECTS) return false
    this.#objects.add(value)
    return true
  }
}

export const leafTypes: ReadonlySet<string> = new Set<LeafType>([
  'number',
  'string',
  'boolean',
  'null',
  'undefined',
  'list',
])

/** The types of leaves that are numbers in a row, those that are texts, and those that are lists. */
export const numberTypes: readonly LeafType[] = ['number', 'boolean']
export const textTypes: readonly LeafType[] = ['string']
export const listTypes: readonly LeafType[] = ['list']

/** How many leaves of these types there are, in nested objects too. */
export function countLeaves(shape: Shape, counted: readonly LeafType[]): number {
  let count = 0
  for (const [, type] of shape) {
    if (typeof type !== 'string') count += countLeaves(type, counted)
    else if (counted.includes(type)) count++
  }
  return count
}

function leafTypeOf(value: unknown): LeafType | undefined {
  return simpleTypeOf(value) ?? (isLeafList(value) ? 'list' : undefined)
}

function simpleTypeOf(value: unknown): LeafType | undefined {
  if (value === null) return 'null'
  const type = typeof value
  if (type === 'number' || type === 'string' || type === 'boolean' || type === 'undefined') return type
  return undefined
}

function isLeafList(value: unknown): boolean {
  if (types.isProxy(value) || !Array.isArray(value) || Object.getPrototypeOf(value) !== Array.prototype) return false
  if (value.length > MAX_ITEMS || !isDense(value)) return false
  for (let index = 0; index < value.length; index++) {
    const own = Object.getOwnPropertyDescriptor(value, index)!
    if (own.get !== undefined || own.set !== undefined || simpleTypeOf(own.value) === undefined) return false
  }
  return true
}

/** An exotic object that was given the prototype of a plain one comes out of structured clone as what it is. */
function isCopyOf(copy: unknown, shape: Shape): boolean {
  if (typeof copy !== 'object' || copy === null || Object.getPrototypeOf(copy) !== Object.prototype) return false
  const keys = Object.keys(copy)
  return (
    keys.length === shape.length &&
    shape.every(([key, type], index) => {
      if (key !== keys[index]) return false
      const part = (copy as Record<string, unknown>)[key]
      return typeof type === 'string' ? isOfType(part, type) : isCopyOf(part, type)
    })
  )
}

/** A plain list of leaves comes out as one. */
function isOfType(part: unknown, type: LeafType): boolean {
  return type === 'list' ? Array.isArray(part) : simpleTypeOf(part) === type
}
