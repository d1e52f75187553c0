import { normalCdf } from './normal-distribution.ts'

/** A European option on an asset that pays no dividend. */
export interface EuropeanOption {
  readonly spot: number
  readonly strike: number
  /** Risk-free rate a year, continuously compounded. */
  readonly rate: number
  /** Volatility a year, 0.2 for 20 %. */
  readonly volatility: number
  /** Time to maturity in years. */
  readonly years: number
}

/**
 * The price of a European call: Black and Scholes, "The Pricing of Options and Corporate Liabilities", J. Political
 * Economy 81 (1973), equation 13.
 */
export function callPrice(option: EuropeanOption): number {
  return signedPrice(option, 1)
}

/** The price of a European put, by the same source's equation 26. */
export function putPrice(option: EuropeanOption): number {
  return signedPrice(option, -1)
}

function signedPrice({ spot, strike, rate, volatility, years }: EuropeanOption, sign: 1 | -1): number {
  const discountedStrike = strike * Math.exp(-rate * years)
  const spread = volatility * Math.sqrt(years)
  if (spread === 0) return Math.max(sign * (spot - discountedStrike), 0)
  const d1 = Math.log(spot / discountedStrike) / spread + spread / 2
  return sign * (spot * normalCdf(sign * d1) - discountedStrike * normalCdf(sign * (d1 - spread)))
}
