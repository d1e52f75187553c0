import {
  count,
  finite,
  isNotNegative,
  isPositive,
  listOf,
  notNegative,
  oneOf,
  positive,
  readFields,
  type Rule,
  yesOrNo,
} from '../fields/read-fields.ts'

/** What is bought or sold; `asian` is on the arithmetic average. */
export const payoffs = [
  'european-call',
  'european-put',
  'asian-call',
  'asian-put',
  'geometric-asian-call',
  'geometric-asian-put',
  'up-and-out-call',
  'up-and-out-put',
  'up-and-in-call',
  'up-and-in-put',
  'down-and-out-call',
  'down-and-out-put',
  'down-and-in-call',
  'down-and-in-put',
  'basket-call',
  'basket-put',
] as const

export type PayoffName = (typeof payoffs)[number]

/** Parameters of GARCH(1,1) for log-returns of one step, as `PreCalibration` gives them. */
export type GarchParameters = {
  readonly mean: number
  readonly omega: number
  readonly alpha: number
  readonly beta: number
  /** Of the first step; the long-run variance by default. */
  readonly variance?: number
}

/** What a calibration found, as `PreCalibration` returns it. */
export type CalibratedModel = {
  readonly spot: number
  readonly drift: number
  readonly volatility: number
  readonly garch?: GarchParameters
}

/** What may be said of a simulation. */
export type Input = {
  /** What is priced; `european-call` by default. */
  readonly payoff?: PayoffName
  /** Price today; 100 by default. */
  readonly spot?: number
  /** Strike of the option; the spot by default (of a basket: its value today). */
  readonly strike?: number
  /** The strike as a share of the spot (of a basket: of its value today), in place of `strike`. */
  readonly moneyness?: number
  /** Where a barrier option is knocked in or out. */
  readonly barrier?: number
  /** When the barrier is looked at: `daily`, at each step, by default; or `continuous`. */
  readonly monitoring?: 'daily' | 'continuous'
  /** Risk-free rate a year, continuously compounded; 0.03 by default. */
  readonly rate?: number
  /** Real-world drift a year; the rate by default. It moves `terminal` and risk, never the price. */
  readonly drift?: number
  /** Volatility a year; 0.2 by default. */
  readonly volatility?: number
  /** What every volatility is multiplied with; 1 by default. */
  readonly volatility_scale?: number
  /** Where `spot`, `drift`, `volatility` and `garch` come from if they are not given themselves. */
  readonly calibration?: CalibratedModel
  /** Of a basket: prices today, volatilities a year and how many pieces of each asset. */
  readonly spots?: readonly number[]
  readonly volatilities?: readonly number[]
  /** 1 / (number of assets) of each by default; negative ones are sold. */
  readonly weights?: readonly number[]
  /** Of all pairs of a basket's assets, or as a matrix; 0 by default. */
  readonly correlation?: number | readonly (readonly number[])[]
  /** Of the model `garch`. Prices never depend on it. */
  readonly garch?: GarchParameters
  /** The model of risk: `garch` where its parameters are known, else `gbm`, by default. */
  readonly model?: 'gbm' | 'garch'
  /** Of value at risk and expected shortfall; 0.99 by default. */
  readonly confidence?: number
  /** Steps of each path, up to 100,000; 252 by default. */
  readonly horizon_days?: number
  /** Steps in a year; 252 by default. */
  readonly periods_per_year?: number
  /** How many paths, up to 10,000,000 (for more, run several contexts and pool them); 10,000 by default. */
  readonly paths?: number
  /** Whether paths come in pairs with opposite shocks; `paths` is then even. No by default. */
  readonly antithetic?: boolean
  /** Whether a payoff whose price is known in closed form reduces the variance. No by default. */
  readonly control_variate?: boolean
  /** Whether to return where each path ended in the real world; no by default. */
  readonly return_terminal?: boolean
}

/** Input with its defaults, checked. */
export type Parameters = Required<
  Omit<Input, 'payoff' | 'barrier' | 'garch' | 'weights' | 'strike' | 'moneyness' | 'volatility_scale' | 'calibration'>
> & {
  readonly payoff: PayoffName
  /** Whether the payoff was asked for by its name. */
  readonly isNamed: boolean
  /** The strike for a spot, or for the value of a basket. */
  readonly strikeAt: (value: number) => number
  readonly barrier: number | undefined
  readonly weights: readonly number[] | undefined
  readonly garch: GarchParameters | undefined
}

const isCorrelation = (value: unknown) => Number.isFinite(value) && Math.abs(value as number) <= 1

const rules: Readonly<Record<keyof Input, Rule>> = {
  payoff: oneOf(payoffs),
  spot: positive,
  strike: positive,
  moneyness: positive,
  barrier: positive,
  monitoring: oneOf(['daily', 'continuous']),
  rate: finite,
  drift: finite,
  volatility: notNegative,
  volatility_scale: notNegative,
  calibration: {
    fits: isCalibration,
    wanted: 'a calibration: spot, drift, volatility and perhaps garch, as PreCalibration returns it',
  },
  spots: listOf(isPositive, 'positive numbers'),
  volatilities: listOf(isNotNegative, 'numbers of 0 or more'),
  weights: listOf(Number.isFinite, 'finite numbers'),
  correlation: {
    fits: (value) =>
      isCorrelation(value) ||
      (Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(isCorrelation))),
    wanted: 'a number from -1 to 1, or a matrix of such',
  },
  garch: {
    fits: isGarch,
    wanted: 'mean, omega, alpha and beta, with omega > 0, alpha and beta >= 0, alpha + beta < 1',
  },
  model: oneOf(['gbm', 'garch']),
  confidence: {
    fits: (value) => isPositive(value) && (value as number) < 1,
    wanted: 'a number between 0 and 1',
  },
  horizon_days: count(1, 100_000),
  periods_per_year: positive,
  paths: count(1, 10_000_000),
  antithetic: yesOrNo,
  control_variate: yesOrNo,
  return_terminal: yesOrNo,
}

function isCalibration(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { spot, drift, volatility, garch } = value as Partial<CalibratedModel>
  return (
    isPositive(spot) && Number.isFinite(drift) && isNotNegative(volatility) && (garch === undefined || isGarch(garch))
  )
}

function isGarch(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { mean, omega, alpha, beta, variance } = value as Partial<GarchParameters>
  return (
    Number.isFinite(mean) &&
    isPositive(omega) &&
    isNotNegative(alpha) &&
    isNotNegative(beta) &&
    alpha! + beta! < 1 &&
    (variance === undefined || isPositive(variance))
  )
}

/** Takes each parameter from the first source that has it, and checks it; an error names the source. */
export function parametersOf(sources: Readonly<Record<string, unknown>>): Parameters {
  const given = readFields<Input>(rules, sources)
  const { calibration, strike, moneyness = 1, volatility_scale: scale = 1 } = given
  if (strike !== undefined && given.moneyness !== undefined)
    throw new RangeError('data.strike and data.moneyness both say what the strike is: give one of them')
  const { rate = 0.03, payoff, garch = calibration?.garch } = given
  const defaults = {
    spot: calibration?.spot ?? 100,
    barrier: undefined,
    monitoring: 'daily',
    drift: calibration?.drift ?? rate,
    spots: [],
    weights: undefined,
    correlation: 0,
    confidence: 0.99,
    horizon_days: 252,
    periods_per_year: 252,
    paths: 10_000,
    antithetic: false,
    control_variate: false,
    return_terminal: false,
  } as const
  return {
    ...defaults,
    ...given,
    rate,
    strikeAt: (value) => strike ?? moneyness * value,
    volatility: scale * (given.volatility ?? calibration?.volatility ?? 0.2),
    volatilities: (given.volatilities ?? []).map((volatility) => scale * volatility),
    garch,
    model: given.model ?? (garch === undefined ? 'gbm' : 'garch'),
    payoff: payoff ?? 'european-call',
    isNamed: payoff !== undefined,
  }
}
