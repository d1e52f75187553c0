import { normalQuantile } from './normal-distribution.ts'

/** From here on the expansion in 1 / degrees is right to 11 digits and more. */
const manyDegrees = 200

/**
 * How far from its centre Student's t distribution holds `probability`, in (0, 1): the factor of a confidence interval,
 * 12.7 for one degree of freedom and 0.95, 1.96 for many. `degrees` is an integer of 1 or more.
 *
 * Source: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.7.3 and 26.7.4 (finite sums for whole
 * degrees, solved by bisection) and 26.7.5 (expansion, for many degrees).
 *
 * @throws {RangeError} `degrees` or `probability` is something else.
 */
export function studentHalfWidth(degrees: number, probability: number): number {
  if (!Number.isInteger(degrees) || degrees < 1)
    throw new RangeError(`Degrees of freedom must be 1 or more, not ${degrees}`)
  if (!(probability > 0 && probability < 1)) throw new RangeError(`A confidence lies in (0, 1), not at ${probability}`)
  if (degrees >= manyDegrees) return expansion(degrees, normalQuantile((1 + probability) / 2))
  let low = 0
  let high = Math.PI / 2
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return Math.tan(middle) * Math.sqrt(degrees)
    if (centralProbability(degrees, middle) < probability) low = middle
    else high = middle
  }
}

/** The probability of |t| ≤ tan(angle) sqrt(degrees). */
function centralProbability(degrees: number, angle: number): number {
  const cosine = Math.cos(angle)
  const odd = degrees % 2 === 1
  if (degrees === 1) return (2 * angle) / Math.PI
  let term = odd ? cosine : 1
  let sum = term
  for (let factor = odd ? 2 : 1; factor <= degrees - 3; factor += 2) {
    term *= (cosine * cosine * factor) / (factor + 1)
    sum += term
  }
  return odd ? (2 * (angle + Math.sin(angle) * sum)) / Math.PI : Math.sin(angle) * sum
}

function expansion(degrees: number, z: number): number {
  const s = z * z
  const g1 = (z * (s + 1)) / 4
  const g2 = (z * ((5 * s + 16) * s + 3)) / 96
  const g3 = (z * (((3 * s + 19) * s + 17) * s - 15)) / 384
  const g4 = (z * ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945)) / 92160
  return z + (g1 + (g2 + (g3 + g4 / degrees) / degrees) / degrees) / degrees
}
