/** Fields that no log shows, whatever their case and with or without `_` and `-`. */
const alwaysRedacted = ['authorization', 'password', 'token', 'secret', 'api_key', 'cookie'] as const

const REDACTED = '[redacted]'

const MAX_DEPTH = 8
const MAX_ITEMS = 100
const MAX_TEXT = 4096
/** Objects in one copy: depth and width alone would allow a graph with shared parts to unfold without end. */
const MAX_OBJECTS = 1000

/** Makes the redacted, plain, clonable copy of a value that a log record may carry. */
export type Redactor = (value: unknown) => unknown

/** A redactor that hides the keys above and `extra`, by key, at any depth. It never throws. */
export function createRedactor(extra: readonly string[] = []): Redactor {
  const hidden = new Set([...alwaysRedacted, ...extra].map(normalise))
  return (value) => new RedactedCopy(hidden).of(value)
}

/** `api_key`, `apiKey` and `API-Key` are one key to whoever reads a log. */
function normalise(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '')
}

class RedactedCopy {
  readonly #hidden: ReadonlySet<string>
  /** The objects that the present one is inside of, which both ends cycles and bounds the depth. */
  readonly #above: object[] = []
  #objects = 0

  constructor(hidden: ReadonlySet<string>) {
    this.#hidden = hidden
  }

  of(value: unknown): unknown {
    if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value
    if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`
    if (typeof value !== 'object' || value === null) return value
    if (this.#above.includes(value)) return '[circular]'
    if (this.#above.length >= MAX_DEPTH || ++this.#objects > MAX_OBJECTS) return '[more]'
    this.#above.push(value)
    try {
      return this.#object(value)
    } catch {
      return '[unreadable]'
    } finally {
      this.#above.pop()
    }
  }

  #object(value: object): unknown {
    if (Array.isArray(value)) return this.#list(value, value.length)
    if (value instanceof Set) return this.#list(value, value.size)
    if (value instanceof Date) return new Date(value.getTime())
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
      return `[${value.constructor.name} of ${value.byteLength} bytes]`
    }
    if (value instanceof Map) return this.#fields([...value].map(([key, item]) => [String(key), item]))
    const fields: [string, unknown][] = Object.keys(value).map((key) => [key, (value as Record<string, unknown>)[key]])
    // An error keeps these where `Object.keys` does not look.
    if (value instanceof Error) {
      fields.unshift(['name', value.name], ['message', value.message], ['stack', value.stack])
      if (value.cause !== undefined) fields.push(['cause', value.cause])
    }
    return this.#fields(fields)
  }

  #list(items: Iterable<unknown>, length: number): unknown[] {
    const copied: unknown[] = []
    for (const item of items) {
      if (copied.length >= MAX_ITEMS) break
      copied.push(this.of(item))
    }
    if (length > MAX_ITEMS) copied.push(`[${length - MAX_ITEMS} more]`)
    return copied
  }

  #fields(fields: readonly (readonly [string, unknown])[]): Record<string, unknown> {
    const kept = fields.slice(0, MAX_ITEMS).filter(([, value]) => value !== undefined)
    // `fromEntries` defines, where assignment of `__proto__` would set a prototype.
    const copied: Record<string, unknown> = Object.fromEntries(
      kept.map(([key, value]) => [key, this.#hidden.has(normalise(key)) ? REDACTED : this.of(value)]),
    )
    if (fields.length > MAX_ITEMS) copied['…'] = `[${fields.length - MAX_ITEMS} more]`
    return copied
  }
}
