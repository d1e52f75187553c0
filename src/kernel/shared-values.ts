const MOST_NAMED = 20

/**
 * What `supervisor.share` has brought to one side, by name. It never changes: to share one more value makes another, so
 * whoever has one sees the same values until it lets go of it.
 */
export class SharedValues {
  static readonly none = new SharedValues(new Map())
  readonly #values: ReadonlyMap<string, unknown>

  constructor(values: ReadonlyMap<string, unknown>) {
    this.#values = values
  }

  /** These values with one more, or with another under a name that was taken. */
  with(name: string, value: unknown): SharedValues {
    return new SharedValues(new Map(this.#values).set(name, value))
  }

  /** @throws {RangeError} Nothing is shared under this name. */
  get(name: string): unknown {
    const value = this.#values.get(name)
    if (value !== undefined || this.#values.has(name)) return value
    throw new RangeError(`Nothing is shared as ${JSON.stringify(name) ?? typeof name}; ${this.#listed()}`)
  }

  #listed(): string {
    if (this.#values.size === 0) return 'supervisor.share(name, value) has not been called before this context came'
    const names = [...this.#values.keys()].slice(0, MOST_NAMED).map((name) => JSON.stringify(name))
    const rest = this.#values.size - names.length
    return `shared are ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  }
}
