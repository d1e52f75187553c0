import type { Component, Context, Scope } from '../src/component.ts'

/** Fields of `data`, of the context itself (where a step maps them there) and of the config, in this precedence. */
export type SimulationInput = {
  /** Price today; 100 by default. */
  readonly spot?: number
  /** Strike of the call; the spot by default. */
  readonly strike?: number
  /** Risk-free rate a year, continuously compounded; 0.03 by default. */
  readonly rate?: number
  /** Real-world drift a year; the rate by default. It moves `terminal` alone, never the price. */
  readonly drift?: number
  /** Volatility a year; 0.2 by default. */
  readonly volatility?: number
  /** Steps of each path, up to 100,000; 252 by default. */
  readonly horizon_days?: number
  /** Steps in a year; 252 by default. */
  readonly periods_per_year?: number
  /** How many paths, up to 10,000,000 (for more, run several contexts and pool them); 10,000 by default. */
  readonly paths?: number
  /** Whether to return where each path ended in the real world; no by default. */
  readonly return_terminal?: boolean
}

/** What `Simulation` returns. `paths`, `price` and `payoff_m2` of several contexts pool exactly (Chan's merge). */
export type SimulationResult = {
  readonly paths: number
  /** Mean of the discounted payoffs: the price of the European call. */
  readonly price: number
  /** Of the price; null for a single path. */
  readonly standard_error: number | null
  /** Sum of squared deviations of the discounted payoffs from their mean. */
  readonly payoff_m2: number
  /** The price of the asset at the end of each path, in the real world. */
  readonly terminal?: Float64Array
}

type Parameters = Required<SimulationInput>

/** Cancellation is looked at, and progress reported, once in about this many steps: a millisecond. */
const stepsPerBlock = 65_536

/**
 * Monte Carlo of geometric Brownian motion, day by day: the log-price moves by (r - sigma²/2) dt + sigma sqrt(dt) z,
 * which is exact for this process at any step (Glasserman, "Monte Carlo Methods in Financial Engineering", 2003,
 * section 3.2.1). The call is priced under the risk-neutral drift r. The real world differs by its drift alone, so that
 * the same shocks, with (drift - r) T added to the log, give the real-world terminal prices.
 */
export class Simulation implements Component {
  readonly #config: SimulationInput
  /** The shocks of one path; kept from context to context. */
  #shocks = new Float64Array(0)

  constructor(config: SimulationInput = {}) {
    parametersOf({ config })
    this.#config = config
  }

  execute(context: Context, scope: Scope): SimulationResult {
    const parameters = parametersOf({ data: context.data ?? {}, context, config: this.#config })
    const { spot, strike, rate, drift, volatility, paths } = parameters
    const steps = parameters.horizon_days
    const years = steps / parameters.periods_per_year
    const stepDrift = (rate - (volatility * volatility) / 2) / parameters.periods_per_year
    const stepVolatility = volatility / Math.sqrt(parameters.periods_per_year)
    const discount = Math.exp(-rate * years)
    const realWorldFactor = Math.exp((drift - rate) * years)
    const terminal = parameters.return_terminal ? new Float64Array(paths) : undefined
    if (this.#shocks.length !== steps) this.#shocks = new Float64Array(steps)
    const shocks = this.#shocks

    // Welford's recurrence, as in src/numerics/moments.ts, on the payoffs as they come.
    let mean = 0
    let m2 = 0
    const pathsPerBlock = Math.max(1, Math.floor(stepsPerBlock / steps))
    for (let start = 0; start < paths; start += pathsPerBlock) {
      scope.throwIfCancelled()
      const end = Math.min(start + pathsPerBlock, paths)
      for (let path = start; path < end; path++) {
        const price = spot * Math.exp(logReturn(scope.normals(shocks), stepDrift, stepVolatility))
        if (terminal !== undefined) terminal[path] = price * realWorldFactor
        const payoff = discount * Math.max(price - strike, 0)
        const deviation = payoff - mean
        mean += deviation / (path + 1)
        m2 += deviation * (payoff - mean)
      }
      scope.progress(end / paths)
    }
    if (!Number.isFinite(m2)) throw new RangeError('Prices went beyond what a double holds: check the parameters')
    return {
      paths,
      price: mean,
      standard_error: paths > 1 ? Math.sqrt(m2 / (paths - 1) / paths) : null,
      payoff_m2: m2,
      ...(terminal !== undefined && { terminal }),
    }
  }
}

function logReturn(shocks: Float64Array, stepDrift: number, stepVolatility: number): number {
  let log = 0
  for (let step = 0; step < shocks.length; step++) log += stepDrift + stepVolatility * shocks[step]!
  return log
}

type Rule = { readonly fits: (value: unknown) => boolean; readonly wanted: string }

const finite: Rule = { fits: Number.isFinite, wanted: 'a finite number' }
const positive: Rule = { fits: (value) => Number.isFinite(value) && (value as number) > 0, wanted: 'a positive number' }
const rules: Readonly<Record<keyof SimulationInput, Rule>> = {
  spot: positive,
  strike: positive,
  rate: finite,
  drift: finite,
  volatility: { fits: (value) => Number.isFinite(value) && (value as number) >= 0, wanted: 'a number of 0 or more' },
  horizon_days: countUpTo(100_000),
  periods_per_year: positive,
  paths: countUpTo(10_000_000),
  return_terminal: { fits: (value) => typeof value === 'boolean', wanted: 'true or false' },
}

function countUpTo(most: number): Rule {
  const fits = (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most
  return { fits, wanted: `an integer from 1 to ${most}` }
}

/** Takes each parameter from the first source that has it, and checks it; an error names the source. */
function parametersOf(sources: Readonly<Record<string, unknown>>): Parameters {
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
  const { spot = 100, rate = 0.03 } = given as SimulationInput
  const defaults = {
    strike: spot,
    drift: rate,
    volatility: 0.2,
    horizon_days: 252,
    periods_per_year: 252,
    paths: 10_000,
  }
  return { ...defaults, return_terminal: false, ...given, spot, rate }
}
