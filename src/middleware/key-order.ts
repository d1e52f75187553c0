/**
 * A copy of `value` in which plain objects, nested ones too, have their keys in one order; all else is as it was. What
 * an object shares or contains itself, its copy does too.
 */
export function inKeyOrder(value: unknown, copies = new Map<object, unknown>()): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = copies.get(value)
  if (known !== undefined) return known
  if (Array.isArray(value)) {
    const items: unknown[] = []
    copies.set(value, items)
    for (const item of value) items.push(inKeyOrder(item, copies))
    return items
  }
  if (!isPlain(value)) return value
  const copy: Record<string, unknown> = {}
  copies.set(value, copy)
  for (const key of Object.keys(value).toSorted()) {
    const item = inKeyOrder((value as Record<string, unknown>)[key], copies)
    // Assigned, it would be the prototype.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: item, enumerable: true })
    else copy[key] = item
  }
  return copy
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
