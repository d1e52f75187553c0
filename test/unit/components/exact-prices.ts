import { normalCdf } from '../../../src/numerics/normal-distribution.ts'

// Prices that simulations are compared with: closed forms, and quadrature where there is none.

export interface Market {
  readonly spot: number
  readonly strike: number
  readonly rate: number
  readonly volatility: number
  readonly years: number
}

/**
 * A call that is knocked out where the price falls to `barrier` at any time, the barrier below the strike: Merton,
 * "Theory of Rational Option Pricing", Bell J. Economics 4 (1973), equation 58, without a rebate.
 */
export function downAndOutCall(market: Market, barrier: number): number {
  const { spot, rate, volatility } = market
  const power = Math.log(barrier / spot) * ((2 * rate) / (volatility * volatility) - 1)
  return blackScholes(market) - Math.exp(power) * blackScholes({ ...market, spot: (barrier * barrier) / spot })
}

function blackScholes({ spot, strike, rate, volatility, years }: Market): number {
  const spread = volatility * Math.sqrt(years)
  const d1 = (Math.log(spot / strike) + rate * years) / spread + spread / 2
  return spot * normalCdf(d1) - strike * Math.exp(-rate * years) * normalCdf(d1 - spread)
}

/** The integral of `f` over [from, to] by Simpson's rule with `cells` (even) cells. */
export function simpson(f: (x: number) => number, from: number, to: number, cells: number): number {
  const width = (to - from) / cells
  let sum = f(from) + f(to)
  for (let at = 1; at < cells; at++) sum += f(from + at * width) * (at % 2 === 1 ? 4 : 2)
  return (sum * width) / 3
}

/**
 * A call that is knocked out where the price is at or below `barrier` on one of `dates` equally spaced dates, the last
 * one being its end: step by step backwards over a grid of log-prices, each step an integral by Simpson's rule.
 */
export function discreteDownAndOutCall(market: Market, barrier: number, dates: number, cells = 1200): number {
  const { spot, strike, rate, volatility, years } = market
  const step = years / dates
  const drift = (rate - (volatility * volatility) / 2) * step
  const spread = volatility * Math.sqrt(step)
  const from = Math.log(barrier / spot)
  const to = drift * dates + 8 * volatility * Math.sqrt(years)
  const width = (to - from) / cells
  const weight = (at: number) => (at === 0 || at === cells ? 1 : at % 2 === 1 ? 4 : 2) * (width / 3)
  const onward = (log: number, values: Float64Array) => {
    let sum = 0
    for (let at = 0; at <= cells; at++) {
      const z = (from + at * width - log - drift) / spread
      sum += weight(at) * values[at]! * Math.exp(-0.5 * z * z)
    }
    return sum / (spread * Math.sqrt(2 * Math.PI))
  }
  // The payoff has a kink at the strike: the last step is the closed form instead.
  const last = { strike, rate, volatility, years: step }
  let values = Float64Array.from({ length: cells + 1 }, (_, at) => {
    const price = spot * Math.exp(from + at * width)
    return Math.exp(rate * step) * blackScholesAbove({ ...last, spot: price }, barrier)
  })
  for (let date = dates - 1; date > 1; date--) {
    values = values.map((_, at) => onward(from + at * width, values))
  }
  return Math.exp(-rate * years) * onward(0, values)
}

/** A call that pays only if the price ends above `barrier`. */
function blackScholesAbove(market: Market, barrier: number): number {
  if (barrier <= market.strike) return blackScholes(market)
  throw new RangeError('The barrier must be below the strike')
}

/** A call on the mean of the prices after the first and the second half: one half in closed form, the other integrated. */
export function asianCallOfTwo({ spot, strike, rate, volatility, years }: Market): number {
  const half = years / 2
  const spread = volatility * Math.sqrt(half)
  const drift = (rate - (volatility * volatility) / 2) * half
  const undiscounted = simpson(
    (z) => {
      const first = spot * Math.exp(drift + spread * z)
      // (S1 + S1 X) / 2 > K where S1 X > 2 K - S1.
      const rest = 2 * strike - first
      const excess =
        rest <= 0
          ? first * Math.exp(rate * half) - rest
          : Math.exp(rate * half) * blackScholes({ spot: first, strike: rest, rate, volatility, years: half })
      return (excess / 2) * Math.exp(-0.5 * z * z)
    },
    -9,
    9,
    20_000,
  )
  return (Math.exp(-rate * years) * undiscounted) / Math.sqrt(2 * Math.PI)
}
