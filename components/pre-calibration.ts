import type { Component, Context, Scope } from '../src/component.ts'
import { fitGarch, type GarchFit } from './pre-calibration/garch.ts'

/** What `PreCalibration` returns. Rates are a year, 0.2 for 20 %. */
export type Calibration = {
  /** mu of dS = mu S dt + sigma dW S, so that E[S(t)] = S(0) exp(mu t): above the mean log-return by sigma² / 2. */
  readonly drift: number
  /** sigma of the same equation. */
  readonly volatility: number
  readonly drift_se: number
  readonly volatility_se: number
  /** How many log-returns this rests on: one less than the closes. */
  readonly observations: number
  /** The last close. */
  readonly spot: number
  readonly periods_per_year: number
  /** Where `model` is `garch`. */
  readonly garch?: GarchFit
}

/** Fewer returns say next to nothing of four parameters. */
const leastForGarch = 50

/**
 * Fits geometric Brownian motion to a series of closing prices by maximum likelihood.
 *
 * Input: `data.closes`, three or more positive numbers in order of time, equally spaced (an array or a `Float64Array`);
 * without it, what is shared under the name `closes`;
 * and `data.periods_per_year` (else the config's, else 252). With `data.model` (else the config's) `garch` it fits
 * GARCH(1,1), too: see `fitGarch`. Throws where they are anything else.
 *
 * Log-returns are normal with mean (mu - sigma²/2) dt and variance sigma² dt; their sample mean and their variance with
 * denominator n are the estimates, and standard errors are the asymptotic ones, of the inverse Fisher information
 * (delta method for mu and sigma). Source: Campbell, Lo and MacKinlay, "The Econometrics of Financial Markets"
 * (Princeton, 1997), section 9.3.
 */
export class PreCalibration implements Component {
  readonly #periodsPerYear: number

  readonly #model: 'gbm' | 'garch'

  constructor(config: { readonly periods_per_year?: number; readonly model?: string } = {}) {
    this.#periodsPerYear = positive(config.periods_per_year ?? 252, 'config.periods_per_year')
    this.#model = readModel(config.model ?? 'gbm', 'config.model')
  }

  execute(context: Context, scope: Scope): Calibration {
    const input = (context.data ?? {}) as Readonly<Record<'closes' | 'periods_per_year' | 'model', unknown>>
    const model = readModel(input.model ?? this.#model, 'data.model')
    const closes = readCloses(input.closes === undefined ? sharedCloses(scope) : input.closes)
    const periodsPerYear = positive(input.periods_per_year ?? this.#periodsPerYear, 'data.periods_per_year')

    const returns = new Float64Array(closes.length - 1)
    for (let index = 0; index < returns.length; index++) {
      returns[index] = Math.log(closes[index + 1]! / closes[index]!)
    }
    const observations = returns.length
    if (model === 'garch' && observations < leastForGarch)
      throw new RangeError(`data.closes needs at least ${leastForGarch + 1} prices for garch, not ${closes.length}`)
    const mean = sum(returns, (value) => value) / observations
    const variance = sum(returns, (value) => (value - mean) * (value - mean)) / observations

    const annualVariance = variance * periodsPerYear
    const years = observations / periodsPerYear
    return {
      drift: mean * periodsPerYear + annualVariance / 2,
      volatility: Math.sqrt(annualVariance),
      drift_se: Math.sqrt(annualVariance / years + (annualVariance * annualVariance) / (2 * observations)),
      volatility_se: Math.sqrt(annualVariance / (2 * observations)),
      observations,
      spot: closes[closes.length - 1]!,
      periods_per_year: periodsPerYear,
      ...(model === 'garch' && { garch: fitGarch(returns) }),
    }
  }
}

function readModel(value: unknown, name: string): 'gbm' | 'garch' {
  if (value === 'gbm' || value === 'garch') return value
  throw new RangeError(`${name} must be gbm or garch, not ${describe(value)}`)
}

function sharedCloses(scope: Scope): unknown {
  try {
    return scope.shared('closes')
  } catch (cause) {
    throw new TypeError('data.closes is missing, and nothing is shared under the name closes', { cause })
  }
}

function readCloses(value: unknown): ArrayLike<number> {
  if (!Array.isArray(value) && !(value instanceof Float64Array)) {
    throw new TypeError(`data.closes must be an array of numbers, not ${describe(value)}`)
  }
  if (value.length < 3) throw new RangeError(`data.closes needs at least 3 prices, not ${value.length}`)
  for (let index = 0; index < value.length; index++) positive(value[index], `data.closes[${index}]`)
  return value as ArrayLike<number>
}

function positive(value: unknown, name: string): number {
  if (typeof value !== 'number' || !(value > 0 && value < Infinity)) {
    throw new RangeError(`${name} must be a positive number, not ${describe(value)}`)
  }
  return value
}

function describe(value: unknown): string {
  if (value === undefined) return 'absent'
  return typeof value === 'number' || value === null ? String(value) : `a value of type ${typeof value}`
}

function sum(values: Float64Array, term: (value: number) => number): number {
  let total = 0
  for (const value of values) total += term(value)
  return total
}
