import { types } from 'node:util'

/** Where in a value the first part lies that cannot cross a thread, and what that part is. */
export interface Unclonable {
  /** Such as `result.rows[3].callback`. */
  readonly path: string
  readonly what: string
}

const MAX_DEPTH = 1_000

/**
 * Finds the first part of `value` that structured clone refuses. Called only after a clone has failed, so it may cost
 * some clones of the parts on the way down.
 */
export function findUnclonable(value: unknown, path: string): Unclonable {
  let part = value
  let at = path
  const visited = new Set<object>()
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (typeof part !== 'object' || part === null || visited.has(part) || types.isProxy(part)) break
    visited.add(part)
    const next = failingChild(part)
    if (!next) break
    at += next.label
    if (next.thrown) return { path: cut(at), what: 'a getter that throws' }
    part = next.value
  }
  return { path: cut(at), what: describe(part) }
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

function failingChild(parent: object): Child | undefined {
  for (const child of childrenOf(parent)) {
    if (child.thrown || !clones(child.value)) return child
  }
  return undefined
}

function* childrenOf(parent: object): Generator<Child> {
  if (parent instanceof Map) {
    for (const [key, value] of parent) {
      yield { label: `.get(${String(clones(key) ? key : describe(key))})`, value: clones(key) ? value : key }
    }
    return
  }
  if (parent instanceof Set) {
    for (const value of parent) yield { label: '.values()', value }
    return
  }
  for (const key of Object.keys(parent)) {
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
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (types.isProxy(value)) return 'a Proxy'
  if (typeof value === 'object' && value !== null) {
    const tag = Object.prototype.toString.call(value).slice(8, -1)
    return tag === 'Object' ? 'an object that cannot be cloned' : `a ${tag}`
  }
  return typeof value
}
