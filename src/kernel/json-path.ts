/** A place in a JSON text as people write it: `services.a.steps[1].class`; `$` is the whole. */
export function jsonPath(keys: readonly PropertyKey[]): string {
  if (keys.length === 0) return '$'
  return keys.map((key, position) => segment(key, position === 0)).join('')
}

function segment(key: PropertyKey, first: boolean): string {
  if (typeof key === 'number') return `[${key}]`
  const name = String(key)
  if (!/^[\p{L}\p{N}_$-]+$/u.test(name)) return `[${JSON.stringify(name)}]`
  return first ? name : `.${name}`
}
