import { describe, expect, test, vi } from 'vitest'
import { createLocalScope } from '../../../bench/local-scope.ts'
import { Simulation, type SimulationInput } from '../../../components/simulation.ts'
import { callPrice } from '../../../src/numerics/black-scholes.ts'
import { mergeMoments, momentsOf, noMoments } from '../../../src/numerics/moments.ts'
import { normalCdf } from '../../../src/numerics/normal-distribution.ts'
import { quantile } from '../../../src/numerics/quantile.ts'

function simulate(data: unknown, { seed = 1, config = {} as SimulationInput, fields = {} } = {}) {
  return new Simulation(config).execute({ service_id: 'simulation', data, ...fields }, createLocalScope(seed))
}

describe('Simulation', () => {
  test('needs no input at all', () => {
    const result = simulate(undefined)
    const closedForm = callPrice({ spot: 100, strike: 100, rate: 0.03, volatility: 0.2, years: 1 })
    expect(Object.keys(result)).toEqual(['paths', 'price', 'standard_error', 'payoff_m2'])
    expect(result.paths).toBe(10_000)
    expect(Math.abs(result.price - closedForm)).toBeLessThan(4 * result.standard_error!)
  })

  // Seeds are fixed; a correct simulation misses by 4 standard errors for one seed in 16,000.
  test.each([
    { spot: 100, strike: 90, rate: 0.05, volatility: 0.3, horizon_days: 126 },
    { spot: 2874.56, strike: 2874.56, rate: 0.03, volatility: 0.2, horizon_days: 252 },
    { spot: 50, strike: 60, rate: -0.01, volatility: 0.5, horizon_days: 500 },
    { spot: 100, strike: 100, rate: 0.02, volatility: 0.1, horizon_days: 1 },
  ])('prices %j within 4 standard errors of the closed form', (terms) => {
    const result = simulate({ ...terms, paths: 20_000 }, { seed: 11 })
    const closedForm = callPrice({ ...terms, years: terms.horizon_days / 252 })
    expect(Math.abs(result.price - closedForm)).toBeLessThan(4 * result.standard_error!)
  })

  test('has terminal prices of the real world, with the drift it was given', () => {
    const terms = { spot: 100, drift: 0.12, rate: 0.01, volatility: 0.25, paths: 50_000, return_terminal: true }
    const terminal = simulate(terms, { seed: 5 }).terminal!
    // ln S(1) is normal with mean 0.12 - 0.25² / 2 and standard deviation 0.25.
    const { mean } = momentsOf(terminal.map((price) => Math.log(price / 100)))
    expect(Math.abs(mean - (0.12 - 0.03125))).toBeLessThan((4 * 0.25) / Math.sqrt(50_000))
    // The probability below a sample's 1 % quantile is 1 % with a standard error of sqrt(0.01 · 0.99 / n).
    const low = Math.log(quantile(terminal.sort(), 0.01) / 100)
    const probability = normalCdf((low - (0.12 - 0.03125)) / 0.25)
    expect(Math.abs(probability - 0.01)).toBeLessThan(4 * Math.sqrt((0.01 * 0.99) / 50_000))
  })

  test('depends on its stream alone, not on what the component ran before', () => {
    const component = new Simulation()
    const context = { service_id: 'simulation', data: { paths: 500, return_terminal: true } }
    const first = component.execute(context, createLocalScope(3))
    component.execute({ service_id: 'simulation', data: { paths: 10, horizon_days: 30 } }, createLocalScope(4))
    expect(component.execute(context, createLocalScope(3))).toEqual(first)
    expect(component.execute(context, createLocalScope(4))).not.toEqual(first)
  })

  test('does not let the drift move the price', () => {
    expect(simulate({ paths: 100, drift: 0.5 })).toEqual(simulate({ paths: 100, drift: -0.5 }))
  })

  test('returns what pools exactly: the moments of the discounted payoffs', () => {
    // At drift = rate the terminal prices are those the payoffs were taken of.
    const parts = [1, 2, 3].map((seed) => simulate({ paths: 1000, return_terminal: true }, { seed }))
    const payoffs = parts.flatMap((part) => [...part.terminal!].map((p) => Math.exp(-0.03) * Math.max(p - 100, 0)))
    const pooled = parts
      .map((part) => ({ count: part.paths, mean: part.price, m2: part.payoff_m2 }))
      .reduce(mergeMoments, noMoments)
    const whole = momentsOf(payoffs)
    expect(pooled.count).toBe(3000)
    expect(pooled.mean).toBeCloseTo(whole.mean, 9)
    expect(pooled.m2 / whole.m2).toBeCloseTo(1, 9)
  })

  test('takes a parameter from data, else from the context, else from its config', () => {
    const run = (data: object, fields: object, config: SimulationInput) => simulate(data, { fields, config }).paths
    expect(run({ paths: 2 }, { paths: 3 }, { paths: 4 })).toBe(2)
    expect(run({}, { paths: 3 }, { paths: 4 })).toBe(3)
    expect(run({}, {}, { paths: 4 })).toBe(4)
  })

  test('takes from a calibration what is not given itself, and scales its volatility', () => {
    const calibration = { spot: 2874.56, drift: 0.05, volatility: 0.2, observations: 5104 }
    const terms = { paths: 100, return_terminal: true }
    const plain = simulate({ ...terms, spot: 2874.56, drift: 0.05, volatility: 0.2 })
    expect(simulate({ ...terms, calibration })).toEqual(plain)
    expect(simulate({ ...terms, calibration: { ...calibration, volatility: 0.1 }, volatility_scale: 2 })).toEqual(plain)
    expect(
      simulate({
        ...terms,
        calibration: { spot: 1, drift: 1, volatility: 1 },
        spot: 2874.56,
        drift: 0.05,
        volatility: 0.2,
      }),
    ).toEqual(plain)
  })

  test('takes the strike as a share of the spot', () => {
    const terms = { paths: 100, payoff: 'european-put', spot: 80 } as const
    expect(simulate({ ...terms, moneyness: 1.25 })).toEqual(simulate({ ...terms, strike: 100 }))
    const basket = { paths: 100, payoff: 'basket-call', spots: [60, 40], weights: [1, 1], volatilities: [0.2, 0.3] }
    expect(simulate({ ...basket, moneyness: 1.1 })).toEqual(simulate({ ...basket, strike: 110.00000000000001 }))
    const halves = { ...basket, volatilities: [0.1, 0.15], volatility_scale: 2 }
    expect(simulate(halves)).toEqual(simulate(basket))
  })

  test('has no standard error of a single path', () => {
    expect(simulate({ paths: 1 }).standard_error).toBeNull()
  })

  test('prices without volatility exactly', () => {
    const { price } = simulate({ paths: 10, volatility: 0 })
    expect(price).toBeCloseTo(100 - 100 * Math.exp(-0.03), 10)
  })

  test('looks whether it is cancelled, and reports progress, block by block', () => {
    const progress = vi.fn<(fraction: number) => void>()
    const throwIfCancelled = vi.fn<() => void>()
    const scope = { ...createLocalScope(1), progress, throwIfCancelled }
    new Simulation().execute({ service_id: 'simulation', data: { paths: 1000 } }, scope)
    // 65,536 steps a block are 260 paths of 252 days.
    expect(progress.mock.calls).toEqual([[0.26], [0.52], [0.78], [1]])
    throwIfCancelled.mockImplementation(() => {
      throw new Error('cancelled')
    })
    expect(() => new Simulation().execute({ service_id: 'simulation' }, scope)).toThrow('cancelled')
    expect(throwIfCancelled).toHaveBeenCalledTimes(5)
  })

  test.each([
    ['nonsense', 'data must be an object'],
    [{ paths: 0 }, 'data.paths must be an integer from 1 to 10000000, not 0'],
    [{ paths: 1.5 }, 'data.paths must be an integer'],
    [{ paths: 1e9 }, 'data.paths must be an integer'],
    [{ paths: '10' }, 'data.paths must be an integer'],
    [{ paths: null }, 'data.paths must be an integer from 1 to 10000000, not null'],
    [{ horizon_days: -1 }, 'data.horizon_days must be an integer from 1 to 100000, not -1'],
    [{ spot: 0 }, 'data.spot must be a positive number, not 0'],
    [{ strike: Infinity }, 'data.strike must be a positive number'],
    [{ volatility: -0.1 }, 'data.volatility must be a number of 0 or more, not -0.1'],
    [{ rate: NaN }, 'data.rate must be a finite number, not NaN'],
    [{ periods_per_year: 0 }, 'data.periods_per_year must be a positive number'],
    [{ return_terminal: 1 }, 'data.return_terminal must be true or false'],
    [{ calibration: {} }, 'data.calibration must be a calibration: spot, drift, volatility'],
    [{ calibration: { spot: 1, drift: 0, volatility: -1 } }, 'data.calibration must be a calibration'],
    [{ calibration: { spot: 1, drift: 0, volatility: 1, garch: {} } }, 'data.calibration must be a calibration'],
    [{ strike: 90, moneyness: 0.9 }, 'data.strike and data.moneyness both say what the strike is'],
    [{ moneyness: 0 }, 'data.moneyness must be a positive number, not 0'],
    [{ volatility_scale: -1 }, 'data.volatility_scale must be a number of 0 or more, not -1'],
    [{ rate: 1e6, paths: 2 }, 'Prices went beyond what a double holds'],
  ])('says what is wrong with %j', (data, message) => {
    expect(() => simulate(data)).toThrow(message)
  })

  test('refuses a wrong config when it is made', () => {
    expect(() => new Simulation({ volatility: -1 })).toThrow('config.volatility')
  })
})
