import { types } from 'node:util'

/** What a leaf holds. `null` and `undefined` are types of their own: a key that is there is not a key that is absent. */
export type LeafType = 'number' | 'string' | 'boolean' | 'null' | 'undefined'

/**
 * What values have in common that are written alike: the keys in their order, and under each the type of a leaf or the
 * shape of a nested object. A list of pairs, so that no key can mean anything to the object that holds it.
 */
export type Shape = readonly ShapeField[]
export type ShapeField = readonly [key: string, type: LeafType | Shape]

/** How deep objects may be nested. */
export const MAX_DEPTH = 4
const MAX_LEAVES = 64
// As many as a tree may have, which takes half as long again.
const MAX_OBJECTS = 32
const MAX_KEY_LENGTH = 256

/**
 * The shape of a plain value that can cross as a row just as structured clone would bring it, or `undefined`. Empty
 * objects have none: an exotic object without keys would pass for one. Called once for a shape, not for a value, so it
 * may ask structured clone itself whether the value is as plain as it looks.
 */
export function shapeOf(value: unknown): Shape | undefined {
  try {
    const shape = new ShapeWalk().open(value, 1)
    return shape !== undefined && isCopyOf(structuredClone(value), shape) ? shape : undefined
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
    // An object that occurs twice must stay one object: a row would make two of it.
    if (this.#objects.has(value) || this.#objects.size === MAX_OBJECTS) return undefined
    this.#objects.add(value)
    const shape: ShapeField[] = []
    for (const key of Object.keys(value)) {
      const own = Object.getOwnPropertyDescriptor(value, key)
      // A getter may say something else each time it is asked.
      if (own === undefined || own.get !== undefined || own.set !== undefined) return undefined
      if (key === '__proto__' || key.length > MAX_KEY_LENGTH) return undefined
      const type = leafTypeOf(own.value) ?? this.open(own.value, depth + 1)
      if (type === undefined || (typeof type === 'string' && ++this.#leaves > MAX_LEAVES)) return undefined
      shape.push([key, type])
    }
    return shape.length > 0 ? shape : undefined
  }
}

export const leafTypes: ReadonlySet<string> = new Set<LeafType>(['number', 'string', 'boolean', 'null', 'undefined'])

function leafTypeOf(value: unknown): LeafType | undefined {
  if (value === null) return 'null'
  const type = typeof value
  if (type === 'number' || type === 'string' || type === 'boolean' || type === 'undefined') return type
  return undefined
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
      return typeof type === 'string' ? leafTypeOf(part) === type : isCopyOf(part, type)
    })
  )
}
