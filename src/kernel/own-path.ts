// Dotted paths over own properties: an inherited property is absent, so no path can reach a prototype.

/** The value at `path`, or `undefined` where a part of it is absent. */
export function readPath(from: unknown, path: string): unknown {
  let value = from
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** Whether there is an own property at `path`. */
export function hasPath(from: unknown, path: string): boolean {
  const dot = path.lastIndexOf('.')
  const parent = dot < 0 ? from : readPath(from, path.slice(0, dot))
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, path.slice(dot + 1))
}

/** A copy of `target` with `value` at `path`; what lies beside the path is shared, not copied. */
export function withPath(target: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> {
  const dot = path.indexOf('.')
  const key = dot < 0 ? path : path.slice(0, dot)
  if (dot < 0) return { ...target, [key]: value }
  const child = Object.hasOwn(target, key) ? target[key] : undefined
  const branch = typeof child === 'object' && child !== null && !Array.isArray(child) ? child : {}
  return { ...target, [key]: withPath(branch as Record<string, unknown>, path.slice(dot + 1), value) }
}
