import { count, notNegative, oneOf, positive, readFields, type Rule } from '../fields/read-fields.ts'

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

const rules: Readonly<Record<keyof QueueInput, Rule>> = {
  arrival_rate: positive,
  service_time: positive,
  service_distribution: oneOf(serviceDistributions),
  service_cv: notNegative,
  service_phases: count(1, 1000),
  servers: count(1, 10_000),
  customers: count(1, 1_000_000_000),
  warm_up: count(0, 1_000_000_000),
}

/** Takes each field from the first source that has it, and checks it; an error names the source. */
export function queueInput(sources: Readonly<Record<string, unknown>>): Required<QueueInput> {
  return {
    arrival_rate: 0.8,
    service_time: 1,
    service_distribution: 'exponential',
    service_cv: 1,
    service_phases: 2,
    servers: 1,
    customers: 10_000,
    warm_up: 1_000,
    ...readFields<QueueInput>(rules, sources),
  }
}
