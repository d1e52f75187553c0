/** How long service takes, beside its mean. */
export const serviceDistributions = ['exponential', 'deterministic', 'erlang', 'lognormal'] as const

/** Fields of `data`, or of the config where data has them not. Times are in one unit, of the user's choice. */
export type QueueInput = {
  /** Customers a unit of time; 0.8 by default. They come as a Poisson process. */
  readonly arrival_rate?: number
  /** Mean time of a service; 1 by default. */
  readonly service_time?: number
  /** `exponential` by default: M/M/c; else M/G/c. */
  readonly service_distribution?: (typeof serviceDistributions)[number]
  /** Of `lognormal`: the standard deviation over the mean; 1 by default. */
  readonly service_cv?: number
  /** Of `erlang`: how many exponential phases a service has; 2 by default. */
  readonly service_phases?: number
  /** How many servers, up to 10,000; 1 by default. */
  readonly servers?: number
  /** Customers that count, up to 1e9; 10,000 by default. */
  readonly customers?: number
  /** Customers before them, who do not, while the queue forgets that it began empty; 1,000 by default. */
  readonly warm_up?: number
}

type Rule = { readonly fits: (value: unknown) => boolean; readonly wanted: string }

const positive: Rule = { fits: (value) => Number.isFinite(value) && (value as number) > 0, wanted: 'a positive number' }
const rules: Readonly<Record<keyof QueueInput, Rule>> = {
  arrival_rate: positive,
  service_time: positive,
  service_distribution: {
    fits: (value) => (serviceDistributions as readonly unknown[]).includes(value),
    wanted: `one of ${serviceDistributions.join(', ')}`,
  },
  service_cv: { fits: (value) => positive.fits(value) || value === 0, wanted: 'a number of 0 or more' },
  service_phases: count(1, 1000),
  servers: count(1, 10_000),
  customers: count(1, 1_000_000_000),
  warm_up: count(0, 1_000_000_000),
}

function count(least: number, most: number): Rule {
  const fits = (value: unknown) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most
  return { fits, wanted: `an integer from ${least} to ${most}` }
}

/** Takes each field from the first source that has it, and checks it; an error names the source. */
export function queueInput(sources: Readonly<Record<string, unknown>>): Required<QueueInput> {
  const given: Record<string, unknown> = {}
  for (const [name, fields] of Object.entries(sources)) {
    if (typeof fields !== 'object' || fields === null) throw new TypeError(`${name} must be an object`)
    for (const [key, rule] of Object.entries(rules)) {
      const value = (fields as Readonly<Record<string, unknown>>)[key]
      if (value === undefined || Object.hasOwn(given, key)) continue
      if (!rule.fits(value)) {
        const shown = typeof value === 'number' || value === null ? String(value) : `a value of type ${typeof value}`
        throw new RangeError(`${name}.${key} must be ${rule.wanted}, not ${shown}`)
      }
      given[key] = value
    }
  }
  return {
    arrival_rate: 0.8,
    service_time: 1,
    service_distribution: 'exponential',
    service_cv: 1,
    service_phases: 2,
    servers: 1,
    customers: 10_000,
    warm_up: 1_000,
    ...given,
  }
}
