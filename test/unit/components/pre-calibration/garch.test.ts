import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createLocalScope } from '../../../../bench/local-scope.ts'
import { PreCalibration } from '../../../../components/pre-calibration.ts'
import { fitGarch } from '../../../../components/pre-calibration/garch.ts'
import { numbersOf, readCsv } from '../../../../src/experiment/csv-table.ts'
import { streamOfSeed } from '../../../../src/numerics/random-stream.ts'

function calibrate(data: object, config?: { readonly model: string }) {
  return new PreCalibration(config).execute({ service_id: 'x', data }, createLocalScope(1))
}

type Model = { readonly mean: number; readonly omega: number; readonly alpha: number; readonly beta: number }

const typical: Model = { mean: 0.0005, omega: 2e-6, alpha: 0.09, beta: 0.89 }

/** Returns of the model from its long-run variance on; the first thousand, which still remember it, are left out. */
function simulatedReturns(seed: number, { mean, omega, alpha, beta }: Model, count: number): Float64Array {
  const shocks = streamOfSeed(seed).normals(new Float64Array(count + 1000))
  let variance = omega / (1 - alpha - beta)
  const returns = shocks.map((shock) => {
    const deviation = Math.sqrt(variance) * shock
    variance = omega + alpha * deviation * deviation + beta * variance
    return mean + deviation
  })
  return returns.subarray(1000)
}

function closesOf(returns: Float64Array): Float64Array {
  let log = 0
  return Float64Array.from([100, ...returns.map((value) => 100 * Math.exp((log += value)))])
}

describe('fitGarch', () => {
  test.each([
    [1, typical],
    [2, { mean: -0.001, omega: 1e-5, alpha: 0.2, beta: 0.7 }],
    [3, { mean: 0, omega: 5e-5, alpha: 0.3, beta: 0.3 }],
    [4, { mean: 0.1, omega: 0.02, alpha: 0.05, beta: 0.93 }],
  ])('recovers known parameters within 4 standard errors (seed %i)', (seed, model) => {
    const fit = fitGarch(simulatedReturns(seed, model, 5000))
    expect(fit.converged).toBe(true)
    for (const name of ['mean', 'omega', 'alpha', 'beta'] as const) {
      expect(Math.abs(fit[name] - model[name])).toBeLessThan(4 * fit[`${name}_se`]!)
      // With errors as large as the values themselves, that would be easy.
      if (name === 'alpha' || name === 'beta') expect(fit[`${name}_se`]!).toBeLessThan(0.35 * model[name])
    }
  })

  test('gives standard errors of the right size', () => {
    // Errors over standard errors are standard normal as the series grows: the mean of m squares has standard deviation
    // sqrt(2 / m).
    const series = 60
    const sums = { mean: 0, omega: 0, alpha: 0, beta: 0 }
    for (let seed = 0; seed < series; seed++) {
      const fit = fitGarch(simulatedReturns(100 + seed, typical, 4000))
      for (const name of ['mean', 'omega', 'alpha', 'beta'] as const) {
        const error = (fit[name] - typical[name]) / fit[`${name}_se`]!
        sums[name] += (error * error) / series
      }
    }
    for (const sum of Object.values(sums)) expect(Math.abs(sum - 1)).toBeLessThan(4 * Math.sqrt(2 / series))
  })

  test('comes to what an independent fit of the S&P 500 comes to', () => {
    // The same likelihood, written anew, maximised by SciPy's Nelder-Mead and differentiated by differences of its values.
    const closes = numbersOf(readCsv(readFileSync('node_modules/vega-datasets/data/sp500-2000.csv')), 'close')
    const { garch } = calibrate({ closes, model: 'garch' })
    const expected = {
      mean: 0.0005939268378566035,
      omega: 2.2075452006903417e-6,
      alpha: 0.12397073686686842,
      beta: 0.8608374806431065,
      mean_se: 0.00010970086387814912,
      omega_se: 2.9695797479567103e-7,
      alpha_se: 0.009800191299125535,
      beta_se: 0.010029442941663183,
      log_likelihood: 16516.29045549086,
    }
    for (const [name, value] of Object.entries(expected))
      expect(Math.abs((garch![name as keyof typeof expected] as number) / value - 1)).toBeLessThan(1e-5)
  })

  test('does not depend on the unit of returns', () => {
    const returns = simulatedReturns(5, typical, 2000)
    const [plain, percent] = [fitGarch(returns), fitGarch(returns.map((value) => 100 * value))]
    expect(percent.mean / plain.mean).toBeCloseTo(100, 4)
    expect(percent.omega / plain.omega).toBeCloseTo(10_000, 2)
    expect(percent.alpha).toBeCloseTo(plain.alpha, 7)
    expect(percent.log_likelihood).toBeCloseTo(plain.log_likelihood - 2000 * Math.log(100), 6)
  })

  test('forecasts the variance of the next period by its own recursion', () => {
    const returns = simulatedReturns(6, typical, 3000)
    const fit = fitGarch(returns)
    // From any start the recursion forgets as beta to the power of 3,000.
    let variance = fit.long_run_variance
    for (const value of returns)
      variance = fit.omega + fit.alpha * (value - fit.mean) * (value - fit.mean) + fit.beta * variance
    expect(fit.variance / variance).toBeCloseTo(1, 12)
    expect(fit.long_run_variance).toBe(fit.omega / (1 - fit.alpha - fit.beta))
  })

  test('does not claim standard errors where there is nothing to be fitted', () => {
    // Two returns in turn: each variance is the same, alpha and beta cannot be told apart.
    const fit = fitGarch(Float64Array.from({ length: 400 }, (_, at) => (at % 2 === 0 ? 0.01 : -0.01)))
    expect(fit.converged).toBe(false)
    expect(() => fitGarch(new Float64Array(100).fill(0.01))).toThrow('hardly move')
  })
})

describe('PreCalibration', () => {
  const closes = closesOf(simulatedReturns(1, typical, 1000))

  test('fits GARCH where data, else config, asks for it, beside Brownian motion', () => {
    const asked = calibrate({ closes, model: 'garch' })
    const { garch, ...brownian } = calibrate({ closes }, { model: 'garch' })
    expect(garch).toEqual(asked.garch)
    expect(brownian).toEqual(calibrate({ closes }))
  })

  test('says what is wrong', () => {
    expect(() => calibrate({ closes, model: 'arch' })).toThrow('data.model must be gbm or garch')
    expect(() => calibrate({ closes: [1, 2, 3, 4], model: 'garch' })).toThrow('at least 51 prices for garch, not 4')
    expect(() => new PreCalibration({ model: 'x' })).toThrow('config.model')
  })
})
