import { describe, expect, test } from 'vitest'
import { createLocalScope } from '../../../../bench/local-scope.ts'
import { RiskSimulation, type SimulationInput } from '../../../../components/simulation.ts'
import { momentsOf } from '../../../../src/numerics/moments.ts'
import { normalCdf, normalQuantile } from '../../../../src/numerics/normal-distribution.ts'

// Seeds are fixed; bounds are 4 standard errors, which one right seed in 16,000 exceeds.

const garch = { mean: 0.0004, omega: 2e-6, alpha: 0.08, beta: 0.9 }

function risk(data: SimulationInput, seed = 1) {
  return new RiskSimulation().execute({ service_id: 'risk', data }, createLocalScope(seed))
}

/** Of a lognormal price whose logarithm, over the spot, is normal. */
function exactRisk(mean: number, variance: number, confidence: number) {
  const spread = Math.sqrt(variance)
  const z = normalQuantile(1 - confidence)
  return {
    valueAtRisk: 1 - Math.exp(mean + spread * z),
    expectedShortfall: 1 - (Math.exp(mean + variance / 2) * normalCdf(z - spread)) / (1 - confidence),
  }
}

function expectWithin4(found: ReturnType<typeof risk>, exact: ReturnType<typeof exactRisk>) {
  expect(Math.abs(found.value_at_risk - exact.valueAtRisk)).toBeLessThan(4 * found.value_at_risk_se)
  expect(Math.abs(found.expected_shortfall - exact.expectedShortfall)).toBeLessThan(4 * found.expected_shortfall_se)
  expect(found.value_at_risk_se).toBeLessThan(0.02 * exact.valueAtRisk)
  expect(found.expected_shortfall_se).toBeLessThan(0.02 * exact.expectedShortfall)
}

describe('RiskSimulation', () => {
  test.each([0.95, 0.99])('is that of the lognormal distribution under Brownian motion, at %d', (confidence) => {
    const terms = { drift: 0.08, volatility: 0.2, horizon_days: 10, paths: 100_000, confidence }
    const years = 10 / 252
    expectWithin4(risk(terms), exactRisk((0.08 - 0.02) * years, 0.04 * years, confidence))
  })

  test('is that of the lognormal distribution under GARCH over one step, from the variance of today', () => {
    const terms = { horizon_days: 1, paths: 100_000, garch: { ...garch, variance: 4e-4 } }
    expectWithin4(risk(terms), exactRisk(0.0004, 4e-4, 0.99))
  })

  test('is that of the lognormal distribution under GARCH whose variance never moves', () => {
    const terms = { horizon_days: 10, paths: 100_000, garch: { ...garch, alpha: 0, beta: 0, omega: 1e-4 } }
    expectWithin4(risk(terms), exactRisk(0.004, 1e-3, 0.99))
  })

  test('takes either model from a calibration, GARCH where it has that', () => {
    const calibration = { spot: 50, drift: 0.08, volatility: 0.2 }
    const terms = { horizon_days: 10, paths: 100 }
    const brownian = risk({ ...terms, ...calibration })
    expect(risk({ ...terms, calibration })).toEqual(brownian)
    expect(risk({ ...terms, calibration: { ...calibration, garch }, model: 'gbm' })).toEqual(brownian)
    expect(risk({ ...terms, calibration: { ...calibration, garch } })).toEqual(risk({ ...terms, spot: 50, garch }))
    expect(() => risk({ ...terms, calibration, model: 'garch' })).toThrow('data.garch is missing')
  })

  test('follows GARCH over many steps: the mean, variance and kurtosis of returns are those of the model', () => {
    // E[h(k)] = v + (alpha + beta)^(k-1) (h(1) - v) with the long-run variance v; returns are uncorrelated.
    const steps = 20
    const first = 4e-4
    const longRun = garch.omega / (1 - garch.alpha - garch.beta)
    let variance = 0
    let gap = first - longRun
    for (let step = 0; step < steps; step++, gap *= garch.alpha + garch.beta) variance += longRun + gap
    const paths = 100_000
    const { terminal } = risk({
      horizon_days: steps,
      paths,
      garch: { ...garch, variance: first },
      return_terminal: true,
    })
    const logs = terminal!.map((price) => Math.log(price / 100))
    const moments = momentsOf(logs)
    expect(Math.abs(moments.mean - steps * garch.mean)).toBeLessThan(4 * Math.sqrt(variance / paths))
    const squares = momentsOf(logs.map((log) => (log - steps * garch.mean) * (log - steps * garch.mean)))
    expect(Math.abs(squares.mean - variance)).toBeLessThan(4 * Math.sqrt(squares.m2 / paths / paths))
    // Over two steps from h: E[r⁴] of the sum is 3h² + 6 h E[h2 z²] + 3 E[h2²], with h2 = omega + (alpha z² + beta) h.
    const h = 4e-4
    const { omega, alpha, beta } = garch
    const two = risk({ horizon_days: 2, paths, garch: { ...garch, mean: 0, variance: h }, return_terminal: true }, 9)
    const fourths = momentsOf(two.terminal!.map((price) => Math.log(price / 100)).map((r) => r * r * r * r))
    const hz = omega + 3 * alpha * h + beta * h
    const h2 =
      omega * omega + 2 * omega * (alpha + beta) * h + (3 * alpha * alpha + 2 * alpha * beta + beta * beta) * h * h
    const exact = 3 * h * h + 6 * h * hz + 3 * h2
    expect(Math.abs(fourths.mean - exact)).toBeLessThan(4 * Math.sqrt(fourths.m2 / paths / paths))
  })

  test('has heavier tails under GARCH than Brownian motion of the same variance has', () => {
    const heavy = { mean: 0, omega: 1e-6, alpha: 0.3, beta: 0.69 }
    const steps = { horizon_days: 10, paths: 100_000 }
    const found = risk({ ...steps, garch: heavy })
    const normal = exactRisk(0, 10 * 1e-4, 0.99)
    expect(found.expected_shortfall).toBeGreaterThan(normal.expectedShortfall + 4 * found.expected_shortfall_se)
  })

  test('gives standard errors that are true: values of many seeds spread by as much', () => {
    // Errors over standard errors are nearly standard normal: the mean of m squares has standard deviation sqrt(2 / m).
    const seeds = 300
    const exact = exactRisk(0.06 / 25.2, 0.04 / 25.2, 0.95)
    let [edges, shortfalls] = [0, 0]
    for (let seed = 0; seed < seeds; seed++) {
      const found = risk({ drift: 0.08, horizon_days: 10, paths: 1000, confidence: 0.95 }, 700 + seed)
      const edge = (found.value_at_risk - exact.valueAtRisk) / found.value_at_risk_se
      const shortfall = (found.expected_shortfall - exact.expectedShortfall) / found.expected_shortfall_se
      edges += (edge * edge) / seeds
      shortfalls += (shortfall * shortfall) / seeds
    }
    expect(Math.abs(edges - 1)).toBeLessThan(5 * Math.sqrt(2 / seeds))
    expect(Math.abs(shortfalls - 1)).toBeLessThan(5 * Math.sqrt(2 / seeds))
  })

  test.each([
    [{ confidence: 1 }, 'data.confidence must be a number between 0 and 1, not 1'],
    [{ garch: { ...garch, beta: 0.95 } }, 'data.garch must be mean, omega, alpha and beta'],
    [{ garch: null }, 'data.garch must be'],
    [{ antithetic: true }, 'data.antithetic and data.control_variate apply to options'],
  ])('says what is wrong with %j', (data, message) => {
    expect(() => risk(data as never)).toThrow(message)
    expect(() => new RiskSimulation({ confidence: 2 })).toThrow('config.confidence')
  })
})
