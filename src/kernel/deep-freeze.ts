/** Freezes `value` and all that it holds; without recursion, and each object once. */
export function deepFreeze<Value>(value: Value): Value {
  const open: unknown[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue
    Object.freeze(next)
    for (const item of Object.values(next)) open.push(item)
  }
  return value
}
