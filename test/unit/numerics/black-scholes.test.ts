import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callPrice, putPrice } from '../../../src/numerics/black-scholes.ts'

const option = fc.record({
  spot: fc.double({ min: 1, max: 1000, noNaN: true }),
  strike: fc.double({ min: 1, max: 1000, noNaN: true }),
  rate: fc.double({ min: -0.1, max: 0.2, noNaN: true }),
  volatility: fc.double({ min: 0, max: 2, noNaN: true }),
  years: fc.double({ min: 0, max: 10, noNaN: true }),
})

describe('callPrice and putPrice', () => {
  test('are those of the textbook', () => {
    // Hull, "Options, Futures, and Other Derivatives", the example after the Black-Scholes-Merton formulas: call 4.76,
    // put 0.81.
    const example = { spot: 42, strike: 40, rate: 0.1, volatility: 0.2, years: 0.5 }
    expect(callPrice(example)).toBeCloseTo(4.7594, 4)
    expect(putPrice(example)).toBeCloseTo(0.8086, 4)
  })

  test('fulfil put-call parity', () => {
    fc.assert(
      fc.property(option, (terms) => {
        const forward = terms.spot - terms.strike * Math.exp(-terms.rate * terms.years)
        expect(Math.abs(callPrice(terms) - putPrice(terms) - forward)).toBeLessThan(1e-9)
      }),
    )
  })

  test('stay within their bounds: at least the value of the forward, at most the spot or the strike', () => {
    fc.assert(
      fc.property(option, (terms) => {
        const discounted = terms.strike * Math.exp(-terms.rate * terms.years)
        expect(callPrice(terms)).toBeGreaterThanOrEqual(Math.max(terms.spot - discounted, 0) - 1e-9)
        expect(callPrice(terms)).toBeLessThanOrEqual(terms.spot + 1e-9)
        expect(putPrice(terms)).toBeLessThanOrEqual(discounted + 1e-9)
      }),
    )
  })

  test('are the payoff at maturity', () => {
    const matured = { spot: 110, strike: 100, rate: 0.05, volatility: 0.2, years: 0 }
    expect([callPrice(matured), putPrice(matured)]).toEqual([10, 0])
  })
})
