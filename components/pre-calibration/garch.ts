import { inverseOf, minimise } from '../../src/numerics/minimise.ts'

/** GARCH(1,1) of the log-returns of one period; standard errors are null where the likelihood has no peak inside. */
export type GarchFit = {
  /** r = mean + e, e = sqrt(h) z with standard normal z. */
  readonly mean: number
  /** The next h is omega + alpha e² + beta h. */
  readonly omega: number
  readonly alpha: number
  readonly beta: number
  readonly mean_se: number | null
  readonly omega_se: number | null
  readonly alpha_se: number | null
  readonly beta_se: number | null
  readonly log_likelihood: number
  /** The h of the period after the last one. */
  readonly variance: number
  /** Where h goes in the long run. */
  readonly long_run_variance: number
  readonly converged: boolean
}

type Theta = readonly [mean: number, omega: number, alpha: number, beta: number]

const starts: readonly (readonly [alpha: number, beta: number])[] = [
  [0.08, 0.9],
  [0.2, 0.6],
  [0.05, 0.3],
]

/**
 * Fits GARCH(1,1) by maximum likelihood with normal innovations: Bollerslev, "Generalized Autoregressive Conditional
 * Heteroskedasticity", J. Econometrics 31 (1986). Before the first return, e² and h are the mean of all e²; derivatives
 * are exact and standard errors those of the observed information (its Hessian by differences of the exact gradient):
 * Fiorentini, Calzolari and Panattoni, "Analytic Derivatives and the Computation of GARCH Estimates", J. Appl.
 * Econometrics 11 (1996), which is the benchmark of McCullough and Renfro (1999).
 */
export function fitGarch(returns: Float64Array): GarchFit {
  const count = returns.length
  const centre = returns.reduce((sum, value) => sum + value, 0) / count
  const scale = Math.sqrt(returns.reduce((sum, value) => sum + (value - centre) * (value - centre), 0) / count)
  // Constant prices leave some rounding.
  if (!(scale > 1e-12)) throw new RangeError('data.closes hardly move: there is no volatility to fit')
  const scaled = returns.map((value) => value / scale)

  const gradient = new Float64Array(4)
  const fits = starts.map(([alpha, beta]) =>
    minimise(
      (at, slope) => {
        const theta = thetaOf(at)
        const value = negativeLogLikelihood(scaled, theta, gradient)
        slope.set(chained(theta, gradient).map((part) => part / count))
        return value / count
      },
      Float64Array.of(
        centre / scale,
        Math.log(1 - alpha - beta),
        Math.log(alpha / (1 - alpha - beta)),
        Math.log(beta / (1 - alpha - beta)),
      ),
    ),
  )
  const best = fits.reduce((least, fit) => (fit.value < least.value ? fit : least))
  const theta = thetaOf(best.at)
  const [mean, omega, alpha, beta] = theta
  const inverse = inverseOf(hessian(scaled, theta))
  const error = (place: number, unit: number) =>
    inverse === undefined ? null : Math.sqrt(inverse[place * 4 + place]!) * unit
  return {
    mean: mean * scale,
    omega: omega * scale * scale,
    alpha,
    beta,
    mean_se: error(0, scale),
    omega_se: error(1, scale * scale),
    alpha_se: error(2, 1),
    beta_se: error(3, 1),
    log_likelihood: -negativeLogLikelihood(scaled, theta, gradient) - count * Math.log(scale),
    variance: nextVariance(scaled, theta) * scale * scale,
    long_run_variance: (omega * scale * scale) / (1 - alpha - beta),
    converged: best.converged && inverse !== undefined,
  }
}

/** From the whole of space to omega > 0, alpha, beta > 0, alpha + beta < 1. */
function thetaOf([mean, logOmega, a, b]: Float64Array): Theta {
  const [forAlpha, forBeta] = [Math.exp(a!), Math.exp(b!)]
  const total = 1 + forAlpha + forBeta
  return [mean!, Math.exp(logOmega!), forAlpha / total, forBeta / total]
}

/** The gradient by what `thetaOf` takes, from that by theta. */
function chained([, omega, alpha, beta]: Theta, gradient: Float64Array): number[] {
  const [mean, byOmega, byAlpha, byBeta] = gradient as unknown as Theta
  const shared = alpha * byAlpha + beta * byBeta
  return [mean, omega * byOmega, alpha * (byAlpha - shared), beta * (byBeta - shared)]
}

/** Of all returns; its derivatives by theta go into `gradient`. */
function negativeLogLikelihood(returns: Float64Array, theta: Theta, gradient: Float64Array): number {
  const [mean, omega, alpha, beta] = theta
  const { square, slope } = presample(returns, mean)
  let h = square
  let squareBefore = square
  let squareSlope = slope
  let byMean = slope
  let byOmega = 0
  let byAlpha = 0
  let byBeta = 0
  let sum = returns.length * Math.log(2 * Math.PI)
  gradient.fill(0)
  for (let at = 0; at < returns.length; at++) {
    byMean = alpha * squareSlope + beta * byMean
    byOmega = 1 + beta * byOmega
    byAlpha = squareBefore + beta * byAlpha
    byBeta = h + beta * byBeta
    h = omega + alpha * squareBefore + beta * h
    const deviation = returns[at]! - mean
    squareBefore = deviation * deviation
    squareSlope = -2 * deviation
    sum += Math.log(h) + squareBefore / h
    const weight = (1 - squareBefore / h) / (2 * h)
    gradient[0]! += weight * byMean - deviation / h
    gradient[1]! += weight * byOmega
    gradient[2]! += weight * byAlpha
    gradient[3]! += weight * byBeta
  }
  return sum / 2
}

/** The mean of squared deviations from `mean`, and its derivative. */
function presample(returns: Float64Array, mean: number): { readonly square: number; readonly slope: number } {
  let square = 0
  let deviations = 0
  for (const value of returns) {
    square += (value - mean) * (value - mean)
    deviations += value - mean
  }
  return { square: square / returns.length, slope: (-2 * deviations) / returns.length }
}

function nextVariance(returns: Float64Array, [mean, omega, alpha, beta]: Theta): number {
  const { square } = presample(returns, mean)
  let h = omega + (alpha + beta) * square
  for (const value of returns) h = omega + alpha * (value - mean) * (value - mean) + beta * h
  return h
}

/** Central differences of the exact gradient: their error is some 1e-9 of the whole. */
function hessian(returns: Float64Array, theta: Theta): Float64Array {
  const matrix = new Float64Array(16)
  const [above, below] = [new Float64Array(4), new Float64Array(4)]
  for (let row = 0; row < 4; row++) {
    const step = 1e-5 * Math.max(Math.abs(theta[row]!), 1e-3)
    const moved = (by: number) => theta.map((part, at) => (at === row ? part + by : part)) as unknown as Theta
    negativeLogLikelihood(returns, moved(step), above)
    negativeLogLikelihood(returns, moved(-step), below)
    for (let column = 0; column < 4; column++) {
      const second = (above[column]! - below[column]!) / (2 * step)
      matrix[row * 4 + column]! += second / 2
      matrix[column * 4 + row]! += second / 2
    }
  }
  return matrix
}
