/**
 * The one text of a JSON value: no spaces, keys sorted by UTF-16 code units, numbers as JavaScript writes them. RFC 8785,
 * "JSON Canonicalization Scheme". Keys whose value is `undefined` are left out.
 *
 * @throws {TypeError} Some part is no JSON: another kind of object, a function, a number that is not finite.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'number':
      if (Number.isFinite(value)) return JSON.stringify(value)
      throw new TypeError(`${value} is no JSON number`)
    case 'object':
      break
    default:
      throw new TypeError(`A ${typeof value} is no JSON`)
  }
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(`${Object.prototype.toString.call(value)} is no JSON`)
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}
