import { expectedExcess } from '../../src/numerics/lognormal.ts'
import type { Parameters } from './input.ts'
import type { PathPayoff } from './path-payoff.ts'

/**
 * On the weighted sum of correlated assets at the end: one step to a path, which is exact. Its control, where no weight
 * is negative, is the option on the weighted geometric mean, which is lognormal: Gentle, "Basket Weaving", Risk 6 (1993).
 */
export function basket(parameters: Parameters, sign: 1 | -1): PathPayoff {
  const { spots, volatilities, rate } = parameters
  const assets = spots.length
  if (assets === 0) throw new RangeError(`data.spots is missing: ${parameters.payoff} needs the prices of its assets`)
  const weights = parameters.weights ?? spots.map(() => 1 / assets)
  requireLength('volatilities', volatilities, assets)
  requireLength('weights', weights, assets)
  const years = parameters.horizon_days / parameters.periods_per_year
  const factor = choleskyOf(correlationMatrix(parameters.correlation, assets))
  const spreads = volatilities.map((volatility) => volatility * Math.sqrt(years))
  const drifts = volatilities.map((volatility) => (rate - (volatility * volatility) / 2) * years)
  const value0 = weights.reduce((sum, weight, asset) => sum + weight * spots[asset]!, 0)
  const strike = parameters.strikeAt(Math.max(value0, 0))
  const hasControl = weights.every((weight) => weight >= 0) && value0 > 0
  if (parameters.control_variate && !hasControl)
    throw new RangeError('data.control_variate needs weights of 0 or more: the geometric mean has no others')

  // The geometric mean with the shares of today's value, worth the same today.
  const shares = weights.map((weight, asset) => (hasControl ? (weight * spots[asset]!) / value0 : 0))
  const loading = spots.map((_, column) =>
    shares.reduce((sum, share, asset) => sum + share * spreads[asset]! * factor[asset * assets + column]!, 0),
  )
  const logDrift = shares.reduce((sum, share, asset) => sum + share * drifts[asset]!, 0)
  const variance = loading.reduce((sum, load) => sum + load * load, 0)
  return {
    shocks: assets,
    controlMean: hasControl ? expectedExcess(value0 * Math.exp(logDrift + variance / 2), variance, strike, sign) : 0,
    evaluate(shocks, mirror, value) {
      let total = 0
      let log = 0
      for (let asset = 0; asset < assets; asset++) {
        let shock = 0
        for (let column = 0; column <= asset; column++) shock += factor[asset * assets + column]! * shocks[column]!
        const growth = drifts[asset]! + mirror * spreads[asset]! * shock
        total += weights[asset]! * spots[asset]! * Math.exp(growth)
        log += shares[asset]! * growth
      }
      value.terminal = total
      value.payoff = Math.max(sign * (total - strike), 0)
      value.control = hasControl ? Math.max(sign * (value0 * Math.exp(log) - strike), 0) : 0
    },
  }
}

function requireLength(name: string, values: readonly unknown[], assets: number): void {
  if (values.length !== assets)
    throw new RangeError(`data.${name} must have one number for each of the ${assets} spots, not ${values.length}`)
}

function correlationMatrix(correlation: Parameters['correlation'], assets: number): Float64Array {
  const matrix = new Float64Array(assets * assets)
  for (let row = 0; row < assets; row++) {
    for (let column = 0; column < assets; column++) {
      const given = typeof correlation === 'number' ? (row === column ? 1 : correlation) : correlation[row]?.[column]
      matrix[row * assets + column] = given ?? NaN
    }
  }
  const isSquare = typeof correlation === 'number' || correlation.every((row) => row.length === assets)
  const isSymmetric = matrix.every((value, at) => value === matrix[(at % assets) * assets + Math.floor(at / assets)])
  const hasUnits = Array.from({ length: assets }, (_, at) => matrix[at * assets + at] === 1).every(Boolean)
  if (!isSquare || !isSymmetric || !hasUnits)
    throw new RangeError(`data.correlation must be a symmetric ${assets} × ${assets} matrix with 1 on its diagonal`)
  return matrix
}

/** The lower triangle whose product with its transpose is `matrix`; rows of a singular one may end in zeros. */
function choleskyOf(matrix: Float64Array): Float64Array {
  const size = Math.sqrt(matrix.length)
  const factor = new Float64Array(matrix.length)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column]!
      for (let at = 0; at < column; at++) rest -= factor[row * size + at]! * factor[column * size + at]!
      if (row !== column) {
        const pivot = factor[column * size + column]!
        factor[row * size + column] = pivot === 0 ? 0 : rest / pivot
        if (pivot === 0 && Math.abs(rest) > 1e-8) throw notPositive()
      } else if (rest < -1e-12) throw notPositive()
      // Rounding leaves some 1e-16 of what should be nothing.
      else factor[row * size + column] = rest < 1e-14 ? 0 : Math.sqrt(rest)
    }
  }
  return factor
}

function notPositive(): RangeError {
  return new RangeError('data.correlation is not positive semidefinite: no assets can be correlated like that')
}
