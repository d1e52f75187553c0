import { types } from 'node:util'
import { isDetached } from './transfer-problem.ts'

/** Where in a value the first part lies that cannot cross a thread, and what that part is. */
export interface Unclonable {
  /** Such as `result.rows[3].callback`. */
  readonly path: string
  readonly what: string
}

const MAX_PARTS = 1_000

/**
 * Finds the first part of `value` that structured clone refuses. Called only after a clone has failed, so it may cost
 * some clones of the parts on the way down. Never throws, whatever the value does when it is read.
 */
export function findUnclonable(value: unknown, path: string): Unclonable {
  const { path: at, what } = search(value, path, new Set()) ?? { path, what: describe(value) }
  return { path: cut(at), what }
}

/** `undefined` where `part` cannot be cloned only for what leads back to a part that is searched already. */
function search(part: unknown, path: string, visited: Set<unknown>): Unclonable | undefined {
  if (typeof part !== 'object' || part === null || types.isProxy(part) || visited.size >= MAX_PARTS) {
    return { path, what: describe(part) }
  }
  visited.add(part)
  let leadsBack = false
  try {
    for (const child of childrenOf(part)) {
      if (child.thrown) return { path: path + child.label, what: 'a getter that throws' }
      if (clones(child.value)) continue
      const found = visited.has(child.value) ? undefined : search(child.value, path + child.label, visited)
      if (found) return found
      leadsBack = true
    }
  } catch {
    // Its iterator throws: no more is known of it.
  }
  return leadsBack ? undefined : { path, what: describe(part) }
}

// The path into a value a thousand levels deep would bury the message it stands in.
function cut(path: string): string {
  return path.length > 300 ? `${path.slice(0, 200)}…${path.slice(-50)}` : path
}

interface Child {
  readonly label: string
  readonly value?: unknown
  readonly thrown?: true
}

function* childrenOf(parent: object): Generator<Child> {
  if (parent instanceof Map) {
    for (const [key, value] of parent) {
      const isObject = typeof key === 'object' && key !== null
      const shown = isObject ? 'an object' : clones(key) ? String(key) : describe(key)
      yield { label: `.get(${shown})`, value: clones(key) ? value : key }
    }
    return
  }
  if (parent instanceof Set) {
    for (const value of parent) yield { label: '.values()', value }
    return
  }
  // Of an error the clone takes the cause, and none of its fields.
  for (const key of types.isNativeError(parent) ? ['cause'] : Object.keys(parent)) {
    const label = Array.isArray(parent)
      ? `[${key}]`
      : /^[A-Za-z_$][\w$]*$/.test(key)
        ? `.${key}`
        : `[${JSON.stringify(key)}]`
    try {
      yield { label, value: (parent as Record<string, unknown>)[key] }
    } catch {
      yield { label, thrown: true }
    }
  }
}

function clones(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null) return true
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

function describe(value: unknown): string {
  if (typeof value === 'function') return named(value)
  if (typeof value === 'symbol') return 'a symbol'
  if (types.isProxy(value)) return 'a Proxy'
  if (typeof value !== 'object' || value === null) return typeof value
  if (types.isArrayBuffer(value) && isDetached(value)) return 'an ArrayBuffer that has been handed over'
  const tag = tagOf(value)
  if (ArrayBuffer.isView(value) && types.isArrayBuffer(value.buffer) && isDetached(value.buffer)) {
    return `a ${tag} whose buffer has been handed over`
  }
  if (tag === 'Object') return 'an object that cannot be cloned'
  return `${/^[AEIOU]/.test(tag) ? 'an' : 'a'} ${tag}`
}

// A class may have put anything under its `name`, and a getter that throws under its tag.
function named(value: object): string {
  try {
    const { name } = value as { name?: unknown }
    return typeof name === 'string' && name !== '' ? `function ${name}` : 'a function'
  } catch {
    return 'a function'
  }
}

function tagOf(value: object): string {
  try {
    return Object.prototype.toString.call(value).slice(8, -1)
  } catch {
    return 'Object'
  }
}
