import { normalCdf } from './normal-distribution.ts'

/**
 * The expectation of max(sign (X - strike), 0) where ln X is normal with variance `variance` and X has mean `mean`: the
 * formula of Black, "The Pricing of Commodity Contracts", J. Financial Economics 3 (1976), without the discount.
 */
export function expectedExcess(mean: number, variance: number, strike: number, sign: 1 | -1): number {
  if (strike <= 0) return sign === 1 ? mean - strike : 0
  const spread = Math.sqrt(variance)
  if (spread === 0) return Math.max(sign * (mean - strike), 0)
  const d1 = Math.log(mean / strike) / spread + spread / 2
  return sign * (mean * normalCdf(sign * d1) - strike * normalCdf(sign * (d1 - spread)))
}
