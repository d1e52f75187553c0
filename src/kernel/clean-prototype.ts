/**
 * Runs code while `Object.prototype` holds nothing enumerable, and puts back what was there. Libraries that walk objects
 * with `for…in` fail or take inherited settings for their own on a polluted prototype, which is rare and costs nothing
 * to look for.
 */
export async function withCleanPrototype<Value>(run: () => Promise<Value>): Promise<Value> {
  const prototype = Object.prototype as unknown as Record<string, unknown>
  const foreign = Object.keys(prototype).map((key) => [key, Object.getOwnPropertyDescriptor(prototype, key)!] as const)
  for (const [key] of foreign) Reflect.deleteProperty(prototype, key)
  try {
    return await run()
  } finally {
    for (const [key, descriptor] of foreign) Reflect.defineProperty(prototype, key, descriptor)
  }
}
