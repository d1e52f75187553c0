import type { ConfigProblem } from '../contract/errors.ts'
import { jsonPath } from './json-path.ts'

const reserved = new Set(['__proto__', 'constructor', 'prototype'])
const levels = 200

/** One value to copy: where it comes from, where it goes, and the chain of what it lies in. */
interface Place {
  readonly source: object
  readonly copy: Record<PropertyKey, unknown> | unknown[]
  readonly key: PropertyKey
  readonly depth: number
  readonly within: Place | undefined
}

/**
 * A deep copy of JSON-like `value` whose objects have no prototype, so that nothing put on `Object.prototype` can be
 * taken for a setting. Names that reach a prototype are problems, at any depth. Without recursion: a hostile depth must
 * not end the program.
 */
export function bareCopy(
  value: unknown,
  maxDepth = levels,
): { readonly value: unknown; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = []
  const copies = new Map<object, Place>()
  const open: Place[] = []
  let tooDeep = false

  const report = (within: Place | undefined, key: PropertyKey | undefined, message: string) => {
    const keys = key === undefined ? keysOf(within) : [...keysOf(within), key]
    problems.push({ path: jsonPath(keys), message })
  }

  const copyOf = (source: unknown, key: PropertyKey, within: Place | undefined): unknown => {
    if (source === null || typeof source === 'string' || typeof source === 'boolean' || typeof source === 'number')
      return source
    const here = within === undefined ? undefined : key
    if (typeof source !== 'object' || !isPlain(source)) {
      report(within, here, `must be plain JSON, but is ${nameOf(source)}`)
      return undefined
    }
    const seen = copies.get(source)
    if (seen !== undefined) {
      if (!contains(seen, within)) return seen.copy
      report(within, here, 'contains itself')
      return undefined
    }
    const depth = (within?.depth ?? 0) + 1
    if (depth > maxDepth) {
      if (!tooDeep) report(undefined, undefined, `is nested more than ${maxDepth} levels deep`)
      tooDeep = true
      return undefined
    }
    const place: Place = { source, copy: Array.isArray(source) ? [] : bareObject(), key, depth, within }
    copies.set(source, place)
    open.push(place)
    return place.copy
  }

  const root = copyOf(value, '', undefined)
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (Array.isArray(place.source)) {
      const target = place.copy as unknown[]
      for (const [index, item] of place.source.entries()) target.push(copyOf(item, index, place))
      continue
    }
    const target = place.copy as Record<PropertyKey, unknown>
    for (const [key, item] of Object.entries(place.source)) {
      if (reserved.has(key)) report(place, key, `must not be named ${key}`)
      else if (item !== undefined) target[key] = copyOf(item, key, place)
    }
  }
  return { value: root, problems }
}

/** An object without a prototype. */
export function bareObject(): Record<PropertyKey, unknown> {
  return Object.create(null) as Record<PropertyKey, unknown>
}

/**
 * The same object, still without a prototype, in a form that V8 reads in a tenth of the time: for one that is asked for
 * every context. What `Object.create(null)` makes is a dictionary.
 */
export function quickBare<Bare extends object>(bare: Bare): Bare {
  return Object.setPrototypeOf({ ...bare }, null) as Bare
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  return Object.prototype.toString.call(value).slice(8, -1)
}

function contains(ancestor: Place, place: Place | undefined): boolean {
  for (let at = place; at !== undefined; at = at.within) if (at === ancestor) return true
  return false
}

function keysOf(place: Place | undefined): PropertyKey[] {
  const keys: PropertyKey[] = []
  for (let at = place; at?.within !== undefined; at = at.within) keys.unshift(at.key)
  return keys
}
