import { describe, expect, test } from 'vitest'
import { createLocalScope } from '../../../bench/local-scope.ts'
import { PreCalibration } from '../../../components/pre-calibration.ts'
import { streamOfSeed } from '../../../src/numerics/random-stream.ts'

function calibrate(data: unknown, config?: { periods_per_year?: number }) {
  return new PreCalibration(config).execute({ service_id: 'pre-calibration', data }, createLocalScope(1))
}

/** Daily closes of geometric Brownian motion. */
function simulatedCloses(seed: number, drift: number, volatility: number, returns: number): Float64Array {
  const shocks = streamOfSeed(seed).normals(new Float64Array(returns))
  const closes = new Float64Array(returns + 1).fill(100)
  for (let day = 0; day < returns; day++) {
    const logReturn = (drift - (volatility * volatility) / 2) / 252 + (volatility / Math.sqrt(252)) * shocks[day]!
    closes[day + 1] = closes[day]! * Math.exp(logReturn)
  }
  return closes
}

describe('PreCalibration', () => {
  test('is exact on a series done by hand', () => {
    // Log-returns ln 2, 0, ln 2, 0: mean ln 2 / 2, variance (denominator n) (ln 2)² / 4.
    const half = Math.LN2 / 2
    const result = calibrate({ closes: [1, 2, 2, 4, 4], periods_per_year: 1 })
    expect(result.volatility).toBeCloseTo(half, 14)
    expect(result.drift).toBeCloseTo(half + (half * half) / 2, 14)
    expect(result.volatility_se).toBeCloseTo(half / Math.sqrt(8), 14)
    expect(result.drift_se).toBeCloseTo(Math.sqrt((half * half) / 4 + (half * half * half * half) / 8), 14)
    expect(result).toMatchObject({ observations: 4, spot: 4, periods_per_year: 1 })
  })

  test.each([
    [1, 0.08, 0.2],
    [2, -0.05, 0.4],
    [3, 0.3, 0.1],
  ])('recovers known parameters within 4 standard errors (seed %i)', (seed, drift, volatility) => {
    const result = calibrate({ closes: simulatedCloses(seed, drift, volatility, 5000) })
    expect(Math.abs(result.drift - drift)).toBeLessThan(4 * result.drift_se)
    expect(Math.abs(result.volatility - volatility)).toBeLessThan(4 * result.volatility_se)
  })

  test('gives standard errors of the right size', () => {
    // Errors over standard errors are standard normal: the mean of m squares has standard deviation sqrt(2 / m). At
    // 2,000 returns the bias of the maximum-likelihood volatility, 1 / (4n), is far below its standard error.
    const series = 400
    let drifts = 0
    let volatilities = 0
    for (let seed = 0; seed < series; seed++) {
      const result = calibrate({ closes: simulatedCloses(1000 + seed, 0.1, 0.3, 2000) })
      const driftError = (result.drift - 0.1) / result.drift_se
      const volatilityError = (result.volatility - 0.3) / result.volatility_se
      drifts += (driftError * driftError) / series
      volatilities += (volatilityError * volatilityError) / series
    }
    expect(Math.abs(drifts - 1)).toBeLessThan(5 * Math.sqrt(2 / series))
    expect(Math.abs(volatilities - 1)).toBeLessThan(5 * Math.sqrt(2 / series))
  })

  test('takes arrays and typed arrays, and periods from data before config', () => {
    const closes = [100, 101, 99, 102]
    expect(calibrate({ closes: Float64Array.from(closes) })).toEqual(calibrate({ closes }))
    expect(calibrate({ closes }, { periods_per_year: 12 }).periods_per_year).toBe(12)
    expect(calibrate({ closes, periods_per_year: 52 }, { periods_per_year: 12 }).periods_per_year).toBe(52)
  })

  test('takes the closes that are shared where data has none', () => {
    const shared = Float64Array.from([100, 101, 99, 102])
    const scope = { ...createLocalScope(1), shared: <Value>(name: string) => ({ closes: shared })[name] as Value }
    const run = (data: object) => new PreCalibration().execute({ service_id: 'pre-calibration', data }, scope)
    expect(run({})).toEqual(calibrate({ closes: shared }))
    expect(run({ closes: [1, 2, 4, 9] })).toEqual(calibrate({ closes: [1, 2, 4, 9] }))
  })

  test('finds no volatility in constant growth', () => {
    expect(calibrate({ closes: [1, 2, 4, 8], periods_per_year: 1 })).toMatchObject({ drift: Math.LN2, volatility: 0 })
  })

  test.each([
    [undefined, 'data.closes is missing, and nothing is shared under the name closes'],
    [{ closes: null }, 'data.closes must be an array of numbers, not null'],
    [{ closes: 'abc' }, 'data.closes must be an array of numbers, not a value of type string'],
    [{ closes: [1, 2] }, 'data.closes needs at least 3 prices, not 2'],
    [{ closes: [1, 2, 0] }, 'data.closes[2] must be a positive number, not 0'],
    [{ closes: [1, NaN, 3] }, 'data.closes[1] must be a positive number, not NaN'],
    [{ closes: [1, Infinity, 3] }, 'data.closes[1] must be a positive number, not Infinity'],
    [{ closes: [null, 2, 3] }, 'data.closes[0] must be a positive number, not null'],
    [{ closes: [1, 2, 3], periods_per_year: -1 }, 'data.periods_per_year must be a positive number, not -1'],
  ])('says what is wrong with %j', (data, message) => {
    expect(() => calibrate(data)).toThrow(message)
  })

  test('refuses a wrong config when it is made', () => {
    expect(() => new PreCalibration({ periods_per_year: 0 })).toThrow('config.periods_per_year')
  })
})
