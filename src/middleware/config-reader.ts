import { type ConfigProblem, TroupeError } from '../contract/errors.ts'
import { jsonPath } from '../kernel/json-path.ts'
import { nearestName } from '../kernel/nearest-name.ts'

/** Bounds of a number in a middleware's config. */
export interface NumberBounds {
  readonly min?: number
  readonly above?: number
  readonly max?: number
  readonly integer?: boolean
}

/**
 * Reads the config of one middleware, strictly and without a schema library, since workers load it. Every problem is
 * collected; `end` throws them together, and names each key that nobody asked for.
 */
export class ConfigReader {
  readonly #middleware: string
  readonly #config: Readonly<Record<string, unknown>>
  readonly #asked = new Set<string>()
  readonly #problems: ConfigProblem[] = []

  constructor(middleware: string, config: unknown) {
    this.#middleware = middleware
    const isObject = typeof config === 'object' && config !== null && !Array.isArray(config)
    if (!isObject && config !== undefined) this.#problems.push({ path: 'config', message: 'must be an object' })
    this.#config = isObject ? (config as Record<string, unknown>) : {}
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.#take(key)
    if (value === undefined) return fallback
    if (typeof value !== 'boolean') this.problem(key, 'must be true or false')
    return value === true
  }

  string(key: string): string | undefined
  string(key: string, fallback: string): string
  string(key: string, fallback?: string): string | undefined {
    const value = this.#take(key)
    if (value === undefined) return fallback
    if (typeof value === 'string' && value !== '') return value
    this.problem(key, 'must be a text that is not empty')
    return fallback
  }

  requiredString(key: string): string {
    if (this.#take(key) === undefined) this.problem(key, 'is required')
    return this.string(key, '')
  }

  oneOf<Name extends string>(key: string, names: readonly Name[], fallback: Name): Name {
    const value = this.#take(key)
    if (value === undefined) return fallback
    if (names.includes(value as Name)) return value as Name
    this.problem(
      key,
      `must be one of ${names.join(', ')}`,
      typeof value === 'string' ? nearestName(value, names) : undefined,
    )
    return fallback
  }

  strings(key: string): readonly string[] {
    const value = this.#take(key)
    if (value === undefined) return []
    if (Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')) return value as string[]
    this.problem(key, 'must be a list of texts that are not empty')
    return []
  }

  number(key: string, bounds: NumberBounds): number | undefined
  number(key: string, bounds: NumberBounds, fallback: number): number
  number(key: string, bounds: NumberBounds, fallback?: number): number | undefined {
    const value = this.#take(key)
    if (value === undefined) return fallback
    if (typeof value === 'number' && within(value, bounds)) return value
    this.problem(key, `must be ${describeBounds(bounds)}`)
    return fallback
  }

  requiredNumber(key: string, bounds: NumberBounds): number {
    if (this.#take(key) === undefined) this.problem(key, `is required: ${describeBounds(bounds)}`)
    return this.number(key, bounds, NaN)
  }

  /** Adds a problem that only the middleware itself can see. */
  problem(key: string, message: string, nearest?: string): void {
    this.#asked.add(key)
    this.#problems.push({ path: jsonPath(['config', key]), message, ...(nearest !== undefined && { nearest }) })
  }

  /**
   * @throws {TroupeError} `CONFIG_INVALID` with every problem found.
   */
  end(): void {
    for (const key of Object.keys(this.#config)) {
      if (!this.#asked.has(key)) this.problem(key, 'is not known', nearestName(key, this.#asked))
    }
    if (this.#problems.length === 0) return
    const listed = this.#problems.map(({ path, message }) => `${path} ${message}`).join('; ')
    throw new TroupeError('CONFIG_INVALID', `Middleware "${this.#middleware}": ${listed}`, { details: this.#problems })
  }

  #take(key: string): unknown {
    this.#asked.add(key)
    return Object.hasOwn(this.#config, key) ? this.#config[key] : undefined
  }
}

function within(value: number, { min, above, max, integer }: NumberBounds): boolean {
  return (
    Number.isFinite(value) &&
    (min === undefined || value >= min) &&
    (above === undefined || value > above) &&
    (max === undefined || value <= max) &&
    (integer !== true || Number.isSafeInteger(value))
  )
}

function describeBounds({ min, above, max, integer }: NumberBounds): string {
  const noun = integer === true ? 'a whole number' : 'a number'
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`
  if (above !== undefined) return `${noun} above ${above}`
  return min === undefined ? noun : `${noun}, ${min} or more`
}
