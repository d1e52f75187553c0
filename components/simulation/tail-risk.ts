import type { Scope } from '../../src/component.ts'
import { lowerTailMean, quantile } from '../../src/numerics/quantile.ts'
import { inBlocks } from './in-blocks.ts'
import type { Parameters } from './input.ts'

/** The risk of holding the asset over the horizon. Losses are shares of the spot: 0.1 for a tenth of it. */
export type RiskResult = {
  readonly paths: number
  readonly confidence: number
  /** The loss that is exceeded with probability 1 - confidence. */
  readonly value_at_risk: number
  readonly value_at_risk_se: number
  /** The mean of the losses beyond it. */
  readonly expected_shortfall: number
  readonly expected_shortfall_se: number
  /** The price of the asset at the end of each path, in the real world. */
  readonly terminal?: Float64Array
}

/** Simulates where the asset ends, and sorts it. */
export function tailRisk(parameters: Parameters, scope: Scope): RiskResult {
  const { spot, paths, confidence } = parameters
  if (parameters.antithetic || parameters.control_variate)
    throw new RangeError('data.antithetic and data.control_variate apply to options, not to risk')
  const terminal = new Float64Array(paths)
  const simulate = parameters.model === 'gbm' ? brownian(parameters) : garch(parameters)
  const shocks = new Float64Array(parameters.horizon_days)
  inBlocks(paths, shocks.length, scope, (path) => {
    terminal[path] = spot * Math.exp(simulate(scope.normals(shocks)))
  })
  const sorted = terminal.toSorted()
  if (!Number.isFinite(sorted[paths - 1]!))
    throw new RangeError('Prices went beyond what a double holds: check the parameters')
  const probability = 1 - confidence
  const edge = 1 - quantile(sorted, probability) / spot
  const shortfall = 1 - lowerTailMean(sorted, probability) / spot
  return {
    paths,
    confidence,
    value_at_risk: edge,
    value_at_risk_se: quantileError(sorted, probability) / spot,
    expected_shortfall: shortfall,
    expected_shortfall_se: shortfallError(sorted, probability, (shortfall - edge) * spot) / spot,
    ...(parameters.return_terminal && { terminal }),
  }
}

type LogReturn = (shocks: Float64Array) => number

function brownian({ drift, volatility, periods_per_year: perYear }: Parameters): LogReturn {
  const mean = (drift - (volatility * volatility) / 2) / perYear
  const spread = volatility / Math.sqrt(perYear)
  return (shocks) => {
    let sum = 0
    for (const shock of shocks) sum += shock
    return shocks.length * mean + spread * sum
  }
}

/** r = mean + sqrt(h) z, and the next h = omega + alpha (r - mean)² + beta h: Bollerslev (1986). */
function garch({ garch: model }: Parameters): LogReturn {
  if (model === undefined)
    throw new RangeError('data.garch is missing: the model garch needs its parameters, or a calibration that has them')
  const { mean, omega, alpha, beta } = model
  const first = model.variance ?? omega / (1 - alpha - beta)
  return (shocks) => {
    let sum = 0
    let variance = first
    for (const shock of shocks) {
      const deviation = Math.sqrt(variance) * shock
      sum += mean + deviation
      variance = omega + alpha * deviation * deviation + beta * variance
    }
    return sum
  }
}

/**
 * Half the distance of the order statistics one standard deviation of the binomial rank away: needs no density.
 * Serfling, "Approximation Theorems of Mathematical Statistics" (1980), section 2.6.3.
 */
function quantileError(sorted: Float64Array, probability: number): number {
  const spread = Math.sqrt((probability * (1 - probability)) / sorted.length)
  const [low, high] = [Math.max(probability - spread, 0), Math.min(probability + spread, 1)]
  return (quantile(sorted, high) - quantile(sorted, low)) / 2
}

/** Manistre and Hancock, "Variance of the CTE Estimator", North American Actuarial J. 9 (2005), equation 2.3. */
function shortfallError(sorted: Float64Array, probability: number, beyond: number): number {
  const count = Math.max(Math.floor(sorted.length * probability), 1)
  const tail = sorted.subarray(0, count)
  const mean = tail.reduce((sum, value) => sum + value, 0) / count
  const variance = tail.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / Math.max(count - 1, 1)
  return Math.sqrt((variance + (1 - probability) * beyond * beyond) / count)
}
