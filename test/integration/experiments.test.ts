import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ExperimentSummary, PointSummary } from 'troupe'
import { callPrice } from '../../src/numerics/black-scholes.ts'
import { normalCdf, normalQuantile } from '../../src/numerics/normal-distribution.ts'
import { runProgram } from '../fixtures/node-program.ts'
import { fixture } from '../fixtures/supervised.ts'

// Every experiment that comes with Troupe gives the same numbers on one worker and on two, and the right ones. Seeds are
// fixed; a right estimate is off by 4 standard errors for one seed in 16,000.

const root = fixture('../..')

interface Calibration {
  readonly spot: number
  readonly drift: number
  readonly volatility: number
}

type Numbers = Readonly<Record<string, number>>

/** Twice the half width of a 95 % interval of many runs, nearly: 4 standard errors. */
function distance({ metrics }: PointSummary, name: string, exact: number): number {
  const { mean, ci95 } = metrics[name] as unknown as { mean: number; ci95: readonly [number, number] }
  const standardError = (ci95[1] - ci95[0]) / 2 / 1.96
  // An interval that anything lies in says nothing.
  expect(standardError).toBeLessThan(0.05 * Math.abs(exact))
  return Math.abs(mean - exact) / standardError
}

/** The mean wait of M/M/c, and the probability that there is one: Erlang (1917). */
function erlangC(servers: number, load: number) {
  let term = 1
  let sum = 1
  for (let busy = 1; busy < servers; busy++) sum += term *= load / busy
  const all = ((term * load) / servers) * (servers / (servers - load))
  const probability = all / (sum + all)
  return { probability, wait: probability / (servers - load) }
}

/** Of a lognormal price whose logarithm, over the spot, has this mean and variance. */
function lognormalRisk(mean: number, variance: number, confidence: number) {
  const spread = Math.sqrt(variance)
  const z = normalQuantile(1 - confidence)
  return {
    valueAtRisk: 1 - Math.exp(mean + spread * z),
    expectedShortfall: 1 - (Math.exp(mean + variance / 2) * normalCdf(z - spread)) / (1 - confidence),
  }
}

const known: Readonly<Record<string, (summary: ExperimentSummary) => void>> = {
  'sp500.json': ({ points, prepared }) => {
    const { spot, volatility } = prepared as Calibration
    // As the series has them, and as any other maximum likelihood fit of it does.
    expect([spot, volatility.toFixed(4)]).toEqual([2874.560059, '0.1992'])
    expect(points).toHaveLength(15)
    for (const point of points) {
      const { moneyness, volatility_scale: scale } = point.parameters as Numbers
      const terms = { spot, strike: moneyness! * spot, rate: 0.03, volatility: scale! * volatility, years: 1 }
      expect(point.metrics['closed_form']!['mean']).toBeCloseTo(callPrice(terms), 6)
      expect(distance(point, 'payoff', callPrice(terms))).toBeLessThan(4)
      expect(point.stopped).toBe('interval')
    }
  },
  'sp500-risk.json': ({ points, prepared }) => {
    const { drift, volatility } = prepared as Calibration
    for (const point of points) {
      const { horizon_days: days, model } = point.parameters as { horizon_days: number; model: string }
      const [risk, shortfall] = ['value_at_risk', 'expected_shortfall'].map(
        (name) => point.metrics[name]!['mean'] as number,
      )
      expect(shortfall).toBeGreaterThan(risk!)
      if (model !== 'gbm') continue
      const years = days / 252
      const variance = volatility * volatility * years
      const exact = lognormalRisk(drift * years - variance / 2, variance, 0.99)
      expect(distance(point, 'value_at_risk', exact.valueAtRisk)).toBeLessThan(4)
      expect(distance(point, 'expected_shortfall', exact.expectedShortfall)).toBeLessThan(4)
    }
  },
  'queue-mmc.json': ({ points }) => {
    for (const point of points) {
      const { servers, arrival_rate: load } = point.parameters as Numbers
      const exact = erlangC(servers!, load!)
      expect(distance(point, 'mean_wait', exact.wait)).toBeLessThan(4)
      expect(distance(point, 'probability_of_wait', exact.probability)).toBeLessThan(4)
      expect(distance(point, 'utilisation', load! / servers!)).toBeLessThan(4)
    }
  },
  'queue-hypercube.json': ({ points }) => {
    expect(points).toHaveLength(20)
    for (const point of points) {
      const { arrival_rate: rate, service_cv: cv } = point.parameters as Numbers
      // Pollaczek and Khinchine.
      const wait = (rate! * (1 + cv! * cv!)) / (2 * (1 - rate!))
      expect(distance(point, 'mean_wait', wait)).toBeLessThan(4)
    }
    // One value in each twentieth of each range.
    const strata = points.map(({ parameters }) =>
      Math.floor((((parameters as Numbers)['arrival_rate']! - 0.1) / 0.7) * 20),
    )
    expect(strata.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at))
  },
  'asian-sobol.json': ({ points }) => {
    expect(points).toHaveLength(32)
    for (const point of points) {
      const exact = point.metrics['closed_form']!['mean'] as number
      expect(distance(point, 'payoff', exact)).toBeLessThan(4)
    }
  },
  'pi.json': ({ points }) => {
    expect(points).toHaveLength(1)
    expect(distance(points[0]!, 'pi', Math.PI)).toBeLessThan(4)
    expect(points[0]!.stopped).toBe('interval')
  },
}

describe('experiments/', () => {
  test('are all compared with what is known', () => {
    expect(readdirSync(`${root}/experiments`).toSorted()).toEqual(Object.keys(known).toSorted())
  })

  test.each(Object.entries(known))(
    '%s has the same numbers on one worker and on two, and the right ones',
    { timeout: 600_000 },
    async (file, compare) => {
      const args = ['dist/src/cli/main.js', 'verify', `experiments/${file}`, '--workers', '2', '--json']
      const { code, stdout, stderr } = await runProgram(args, { cwd: root })
      expect([code, stdout === '' ? stderr : '']).toEqual([0, ''])
      const { same, summary } = JSON.parse(stdout) as { same: boolean; summary: ExperimentSummary }
      expect(same).toBe(true)
      expect([summary.failures.count, summary.reproducible]).toEqual([0, true])
      compare(summary)
    },
  )
})
