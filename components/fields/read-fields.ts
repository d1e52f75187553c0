/** What a field must be. */
export interface Rule {
  readonly fits: (value: unknown) => boolean
  readonly wanted: string
}

export const isPositive = (value: unknown): boolean => Number.isFinite(value) && (value as number) > 0
export const isNotNegative = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0

export const finite: Rule = { fits: Number.isFinite, wanted: 'a finite number' }
export const positive: Rule = { fits: isPositive, wanted: 'a positive number' }
export const notNegative: Rule = { fits: isNotNegative, wanted: 'a number of 0 or more' }
export const yesOrNo: Rule = { fits: (value) => typeof value === 'boolean', wanted: 'true or false' }

export function count(least: number, most: number): Rule {
  const fits = (value: unknown) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most
  return { fits, wanted: `an integer from ${least} to ${most}` }
}

export function oneOf(names: readonly string[]): Rule {
  return { fits: (value) => names.includes(value as string), wanted: `one of ${names.join(', ')}` }
}

export function listOf(fits: (item: unknown) => boolean, what: string): Rule {
  return {
    fits: (value) => Array.isArray(value) && value.length > 0 && value.length <= 1000 && value.every(fits),
    wanted: `a list of ${what}`,
  }
}

/**
 * Takes each field from the first source that has it, and checks it; an error names the source. Other fields are left.
 *
 * @throws {TypeError} A source is no object.
 * @throws {RangeError} A field does not fit its rule.
 */
export function readFields<Fields extends object>(
  rules: Readonly<Record<keyof Fields, Rule>>,
  sources: Readonly<Record<string, unknown>>,
): Partial<Fields> {
  const given: Record<string, unknown> = {}
  for (const [name, fields] of Object.entries(sources)) {
    if (typeof fields !== 'object' || fields === null) throw new TypeError(`${name} must be an object`)
    for (const [key, rule] of Object.entries<Rule>(rules)) {
      const value = (fields as Readonly<Record<string, unknown>>)[key]
      if (value === undefined || Object.hasOwn(given, key)) continue
      if (!rule.fits(value)) {
        const shown = typeof value === 'number' || value === null ? String(value) : `a value of type ${typeof value}`
        throw new RangeError(`${name}.${key} must be ${rule.wanted}, not ${shown}`)
      }
      given[key] = value
    }
  }
  return given as Partial<Fields>
}
