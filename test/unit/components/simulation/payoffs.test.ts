import { describe, expect, test } from 'vitest'
import { createLocalScope } from '../../../../bench/local-scope.ts'
import { Simulation, type SimulationInput } from '../../../../components/simulation.ts'
import { callPrice, putPrice } from '../../../../src/numerics/black-scholes.ts'
import { momentsOf } from '../../../../src/numerics/moments.ts'
import { normalCdf } from '../../../../src/numerics/normal-distribution.ts'
import { asianCallOfTwo, discreteDownAndOutCall, downAndOutCall } from '../exact-prices.ts'

// Seeds are fixed. A right price is off by 4 standard errors for one seed in 16,000.

const market = { spot: 100, strike: 105, rate: 0.04, volatility: 0.3 } as const
const year = { ...market, years: 1 }

function simulate(data: SimulationInput, seed = 1) {
  return new Simulation().execute({ service_id: 'simulation', data: { ...market, ...data } }, createLocalScope(seed))
}

function expectWithin4(data: SimulationInput, exact: number, seed = 1) {
  const { price, standard_error } = simulate({ paths: 40_000, ...data }, seed)
  expect(Math.abs(price - exact)).toBeLessThan(4 * standard_error!)
  // A test that any price would pass says nothing.
  expect(standard_error!).toBeLessThan(0.02 * exact)
}

/** The geometric mean of n prices is lognormal: Glasserman (2003), section 3.2.2, written from its own moments. */
function geometricAsian(steps: number, sign: 1 | -1): number {
  const dt = 1 / steps
  const { spot, strike, rate, volatility } = market
  let weights = 0
  let squares = 0
  // The k-th shock is in n - k + 1 of the n prices.
  for (let k = 1; k <= steps; k++) {
    weights += (steps - k + 1) / steps
    squares += ((steps - k + 1) / steps) * ((steps - k + 1) / steps)
  }
  const variance = volatility * volatility * dt * squares
  const forward = spot * Math.exp((rate - (volatility * volatility) / 2) * dt * weights + variance / 2)
  const d1 = (Math.log(forward / strike) + variance / 2) / Math.sqrt(variance)
  const d2 = d1 - Math.sqrt(variance)
  return Math.exp(-rate) * sign * (forward * normalCdf(sign * d1) - strike * normalCdf(sign * d2))
}

describe('Simulation knows', () => {
  test('the price by formula of options that have one, where they are named', () => {
    const monthly = { horizon_days: 12, periods_per_year: 12, paths: 2 }
    expect(simulate({ ...monthly, payoff: 'european-call' }).closed_form).toBeCloseTo(callPrice(year), 10)
    expect(simulate({ ...monthly, payoff: 'european-put' }).closed_form).toBeCloseTo(putPrice(year), 10)
    expect(simulate({ ...monthly, payoff: 'geometric-asian-put' }).closed_form).toBeCloseTo(geometricAsian(12, -1), 10)
    expect(simulate({ ...monthly, payoff: 'asian-call' })).not.toHaveProperty('closed_form')
    expect(simulate(monthly)).not.toHaveProperty('closed_form')
  })
})

describe('Simulation prices', () => {
  test('European options as Black and Scholes', () => {
    expectWithin4({ payoff: 'european-call', horizon_days: 12, periods_per_year: 12 }, callPrice(year))
    expectWithin4({ payoff: 'european-put', horizon_days: 12, periods_per_year: 12 }, putPrice(year))
  })

  test.each([1, 12, 252])('geometric Asian options over %i steps as Kemna and Vorst', (steps) => {
    const terms = { horizon_days: steps, periods_per_year: steps, paths: 20_000 }
    expectWithin4({ ...terms, payoff: 'geometric-asian-call' }, geometricAsian(steps, 1))
    expectWithin4({ ...terms, payoff: 'geometric-asian-put' }, geometricAsian(steps, -1))
  })

  test('an arithmetic Asian call over two steps as quadrature does, with and without its control', () => {
    const exact = asianCallOfTwo(year)
    const terms = { payoff: 'asian-call', horizon_days: 2, periods_per_year: 2 } as const
    expectWithin4(terms, exact)
    expectWithin4({ ...terms, control_variate: true }, exact)
  })

  test('a call with a barrier that is looked at continuously as Merton, at any number of steps', () => {
    const exact = downAndOutCall(year, 90)
    for (const steps of [1, 4, 50]) {
      const terms = { horizon_days: steps, periods_per_year: steps, barrier: 90, monitoring: 'continuous' } as const
      expectWithin4({ ...terms, payoff: 'down-and-out-call' }, exact, steps)
      expectWithin4({ ...terms, payoff: 'down-and-in-call' }, callPrice(year) - exact, steps)
    }
  })

  test('a call with a barrier that is looked at five times as quadrature does', () => {
    // The grid's error: half as many cells change the price by less than 1e-6.
    const exact = discreteDownAndOutCall(year, 90, 5)
    expect(Math.abs(exact - discreteDownAndOutCall(year, 90, 5, 600))).toBeLessThan(1e-6)
    const terms = { horizon_days: 5, periods_per_year: 5, barrier: 90 }
    expectWithin4({ ...terms, payoff: 'down-and-out-call' }, exact)
    expectWithin4({ ...terms, payoff: 'down-and-out-call', control_variate: true }, exact)
  })

  test('a barrier that is looked at often as Broadie, Glasserman and Kou: at a barrier further away by 0.5826 s', () => {
    // "A Continuity Correction for Discrete Barrier Options", Mathematical Finance 7 (1997). Its own error at this barrier
    // is 6.0e-4, found with the quadrature above at fifty dates.
    const shift = Math.exp(-0.5825971579390107 * 0.3 * Math.sqrt(1 / 50))
    const exact = downAndOutCall(year, 85 * shift)
    const terms = { horizon_days: 50, periods_per_year: 50, barrier: 85, payoff: 'down-and-out-call' } as const
    const { price, standard_error } = simulate({ ...terms, paths: 40_000, control_variate: true })
    expect(Math.abs(price - exact)).toBeLessThan(4 * standard_error! + 6.1e-4)
  })

  test.each(['up', 'down'] as const)(
    'options knocked in and out at a barrier %s so that both are the plain one',
    (side) => {
      const barrier = side === 'up' ? 120 : 85
      for (const kind of ['call', 'put'] as const) {
        for (const monitoring of ['daily', 'continuous'] as const) {
          const terms = { paths: 500, horizon_days: 20, barrier, monitoring } as const
          const within = simulate({ ...terms, payoff: `${side}-and-in-${kind}` }).price
          const without = simulate({ ...terms, payoff: `${side}-and-out-${kind}` }).price
          expect(within + without).toBeCloseTo(simulate({ ...terms, payoff: `european-${kind}` }).price, 10)
          expect(without).toBeGreaterThanOrEqual(0)
        }
      }
    },
  )

  test('a basket of one asset as Black and Scholes', () => {
    expectWithin4({ payoff: 'basket-call', spots: [100], volatilities: [0.3] }, callPrice(year))
    expectWithin4({ payoff: 'basket-put', spots: [100], volatilities: [0.3] }, putPrice(year))
  })

  test.each([-0.5, 0, 0.8])('the exchange of two assets of correlation %d as Margrabe', (correlation) => {
    // "The Value of an Option to Exchange One Asset for Another", J. Finance 33 (1978): Black and Scholes with the second
    // asset as money.
    const volatility = Math.sqrt(0.09 + 0.04 - 2 * correlation * 0.3 * 0.2)
    const exact = callPrice({ spot: 100, strike: 95, rate: 0, volatility, years: 1 })
    const basket = { payoff: 'basket-call', spots: [100, 95], volatilities: [0.3, 0.2], weights: [1, -1] } as const
    const tiny = Number.MIN_VALUE
    expectWithin4({ ...basket, correlation, strike: tiny }, exact)
    expectWithin4(
      {
        ...basket,
        correlation: [
          [1, correlation],
          [correlation, 1],
        ],
        strike: tiny,
        antithetic: true,
      },
      exact,
    )
  })

  test('a basket of assets that always move alike as one asset', () => {
    const basket = { payoff: 'basket-call', spots: [60, 40], volatilities: [0.3, 0.3], weights: [1, 1] } as const
    expectWithin4({ ...basket, correlation: 1 }, callPrice(year))
    // The geometric mean then is the basket itself: the control leaves nothing.
    const { price, standard_error } = simulate({ ...basket, correlation: 1, control_variate: true, paths: 1000 })
    expect(price).toBeCloseTo(callPrice(year), 8)
    expect(standard_error!).toBeLessThan(1e-6)
  })
})

describe('variance reduction', () => {
  test.each([
    ['european-call', {}, 2],
    ['asian-call', {}, 20],
    ['geometric-asian-put', {}, 1.2],
    ['down-and-out-call', { barrier: 80 }, 2],
    ['basket-call', { spots: [50, 50], volatilities: [0.3, 0.2], weights: [1, 1], correlation: 0.4 }, 10],
  ] as const)('by control gives %s the same price with a standard error far smaller', (payoff, terms, factor) => {
    const plain = simulate({ payoff, ...terms, paths: 20_000, horizon_days: 12, periods_per_year: 12 }, 1)
    const data = { payoff, ...terms, paths: 20_000, horizon_days: 12, periods_per_year: 12, control_variate: true }
    const controlled = simulate(data, 2)
    const spread = Math.hypot(plain.standard_error!, controlled.standard_error!)
    expect(Math.abs(plain.price - controlled.price)).toBeLessThan(4 * spread)
    expect(plain.standard_error! / controlled.standard_error!).toBeGreaterThan(factor)
    // The plain mean of the same paths is there, too.
    expect(controlled.payoff).toBe(simulate({ ...data, control_variate: false }, 2).payoff)
  })

  test.each(['european-call', 'asian-put', 'geometric-asian-call'] as const)(
    'by antithetic pairs gives %s the right price, and says how many samples it rests on',
    (payoff) => {
      const terms = { payoff, horizon_days: 12, periods_per_year: 12, paths: 20_000 } as const
      const plain = simulate(terms, 1)
      const paired = simulate({ ...terms, antithetic: true }, 2)
      expect(Math.abs(plain.price - paired.price)).toBeLessThan(
        4 * Math.hypot(plain.standard_error!, paired.standard_error!),
      )
      expect(paired.standard_error!).toBeLessThan(plain.standard_error!)
      expect([paired.paths, paired.samples]).toEqual([20_000, 10_000])
    },
  )

  test('gives standard errors that are true: prices of many seeds spread by as much', () => {
    // The variance of m normal numbers has standard error sqrt(2 / (m - 1)) of itself.
    const exact = geometricAsian(12, 1)
    for (const how of [{ antithetic: true }, { control_variate: true }, { antithetic: true, control_variate: true }]) {
      const seeds = 400
      let squares = 0
      for (let seed = 0; seed < seeds; seed++) {
        const terms = { payoff: 'geometric-asian-call', horizon_days: 12, periods_per_year: 12, paths: 600 } as const
        const { price, standard_error } = simulate({ ...terms, ...how }, 5000 + seed)
        squares += ((price - exact) / standard_error!) * ((price - exact) / standard_error!)
      }
      expect(Math.abs(squares / seeds - 1)).toBeLessThan(5 * Math.sqrt(2 / seeds))
    }
  })

  test('uses each path twice when antithetic: the ends of a pair mirror each other', () => {
    const { terminal } = simulate({ payoff: 'european-call', paths: 100, antithetic: true, return_terminal: true })
    const centre = Math.log(100) + 0.04 - 0.045
    for (let pair = 0; pair < 50; pair++)
      expect((Math.log(terminal![2 * pair]!) + Math.log(terminal![2 * pair + 1]!)) / 2).toBeCloseTo(centre, 10)
    expect(Math.abs(momentsOf(terminal!.map(Math.log)).mean - centre)).toBeLessThan(1e-10)
  })
})

test.each([
  [{ payoff: 'asain-call' }, 'data.payoff must be one of european-call'],
  [{ payoff: 'up-and-out-call' }, 'data.barrier is missing'],
  [{ payoff: 'up-and-out-call', barrier: 90 }, 'data.barrier must be above the spot of 100, not 90'],
  [{ payoff: 'down-and-in-put', barrier: 100 }, 'data.barrier must be below the spot of 100, not 100'],
  [{ payoff: 'basket-call' }, 'data.spots is missing'],
  [{ payoff: 'basket-call', spots: [1, 2], volatilities: [0.1] }, 'data.volatilities must have one number for each'],
  [{ payoff: 'basket-call', spots: [1], volatilities: [0.1], weights: [1, 2] }, 'data.weights must have one number'],
  [
    { payoff: 'basket-call', spots: [1, 1], volatilities: [0.1, 0.1], correlation: [[1, 0.5]] },
    'data.correlation must be a symmetric 2 × 2 matrix',
  ],
  [
    { payoff: 'basket-call', spots: [1, 1, 1], volatilities: [0.1, 0.1, 0.1], correlation: -0.6 },
    'data.correlation is not positive semidefinite',
  ],
  [
    { payoff: 'basket-call', spots: [1, 1], volatilities: [0.1, 0.1], weights: [1, -1], control_variate: true },
    'data.control_variate needs weights of 0 or more',
  ],
  [{ antithetic: true, paths: 3 }, 'data.paths must be even where antithetic, not 3'],
])('Simulation says what is wrong with %j', (data, message) => {
  expect(() => simulate(data as SimulationInput)).toThrow(message)
})
