/** Whether `actual` is `expected` to the last bit: prototypes, key order, -0 and NaN, and which objects are the same. */
export function isSame(actual: unknown, expected: unknown, pairs = new Map<object, object>()): boolean {
  if (typeof expected !== 'object' || expected === null) return Object.is(actual, expected)
  if (typeof actual !== 'object' || actual === null) return false
  const seen = pairs.get(expected)
  if (seen !== undefined) return seen === actual
  if ([...pairs.values()].includes(actual)) return false
  pairs.set(expected, actual)
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false
  const keys = Reflect.ownKeys(expected)
  const own = Reflect.ownKeys(actual)
  return (
    keys.length === own.length &&
    keys.every((key, index) => {
      if (key !== own[index]) return false
      const [ours, theirs] = [actual, expected].map((value) => Object.getOwnPropertyDescriptor(value, key))
      return (
        ours?.writable === theirs?.writable &&
        ours?.enumerable === theirs?.enumerable &&
        ours?.configurable === theirs?.configurable &&
        isSame(ours?.value, theirs?.value, pairs)
      )
    })
  )
}
