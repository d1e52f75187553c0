import { nearestName } from '../kernel/nearest-name.ts'

/**
 * Refuses options that nobody reads: a misspelt one would be ignored without a word. `of` is the method that takes them.
 *
 * @throws {TypeError} Naming the option, and the known one that comes nearest.
 */
export function checkKnown(options: unknown, known: readonly string[], of: string): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`The options of ${of} must be an object`)
  // By far the cheapest way over few keys; inherited names are not the caller's.
  for (const key in options) {
    if (known.includes(key) || !Object.hasOwn(options, key)) continue
    const nearest = nearestName(key, known)
    const hint = nearest === undefined ? `there are ${known.join(', ')}` : `did you mean ${nearest}?`
    throw new TypeError(`There is no option ${key} of ${of}; ${hint}`)
  }
}
