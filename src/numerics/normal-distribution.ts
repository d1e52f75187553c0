// Rational minimax approximations by W. J. Cody: "Rational Chebyshev Approximations for the Error Function", Math. Comp.
// 23 (1969), in the form of his "Algorithm 715: SPECFUN", ACM TOMS 19 (1993), function ANORM. Coefficients are given
// highest power first, rounded to doubles. Relative error is below 1e-15 where the result is no subnormal number.

const centreTop = [0.06568233791820745, 2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356]
const centreBottom = [1, 47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673]
const middleTop = [
  1.0765576773720192e-8, 0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002,
  2494.5375852903726, 6848.190450536283, 11602.65143764735, 9842.714838383978,
]
const middleBottom = [
  1, 22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097, 34900.95272114598,
  38912.00328609327, 19685.429676859992,
]
const farTop = [
  0.023073441764940174, 0.215898534057957, 0.12740116116024736, 0.022235277870649807, 0.0014216191932278934,
  0.000029112874951168793,
]
const farBottom = [
  1, 1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824, 0.00007297515550839662,
]
const inverseRootOfTwoPi = 0.3989422804014327

/** The probability that a standard normal number is at most `x`. */
export function normalCdf(x: number): number {
  const size = Math.abs(x)
  if (size <= 0.67448975) {
    const square = x * x
    return 0.5 + (x * polynomial(centreTop, square)) / polynomial(centreBottom, square)
  }
  const upper = upperTail(size)
  return x > 0 ? 1 - upper : upper
}

/** The probability above `x` > 0.67; NaN stays NaN. */
function upperTail(x: number): number {
  if (x > 38.6) return 0
  // exp(-x²/2) in two factors, since rounding x² alone would cost digits far out: the first one's x has few bits.
  const short = Math.trunc(x * 16) / 16
  const gauss = Math.exp(-0.5 * short * short) * Math.exp(-0.5 * (x - short) * (x + short))
  if (x <= Math.sqrt(32)) return (gauss * polynomial(middleTop, x)) / polynomial(middleBottom, x)
  const inverse = 1 / (x * x)
  const correction = (inverse * polynomial(farTop, inverse)) / polynomial(farBottom, inverse)
  return (gauss * (inverseRootOfTwoPi - correction)) / x
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}

/**
 * The number below which a standard normal one lies with `probability`, in (0, 1): the approximation 26.2.23 of
 * Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), made exact by Halley's method.
 */
export function normalQuantile(probability: number): number {
  // In the lower tail, where the distribution function has all its digits.
  const lower = Math.min(probability, 1 - probability)
  const t = Math.sqrt(-2 * Math.log(lower))
  let x = polynomial([0.010328, 0.802853, 2.515517], t) / polynomial([0.001308, 0.189269, 1.432788, 1], t) - t
  for (let step = 0; step < 3; step++) {
    const density = inverseRootOfTwoPi * Math.exp(-0.5 * x * x)
    const miss = (normalCdf(x) - lower) / density
    x -= miss / (1 + 0.5 * x * miss)
  }
  return probability > 0.5 ? -x : x
}
