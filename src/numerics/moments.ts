/** Count, mean and sum of squared deviations from the mean: all it takes to pool samples exactly. */
export interface Moments {
  readonly count: number
  readonly mean: number
  readonly m2: number
}

/** The moments of no values; merging with them changes nothing. */
export const noMoments: Moments = Object.freeze({ count: 0, mean: 0, m2: 0 })

/** The moments of `values` in one pass: Welford, "Note on a Method for Calculating Corrected Sums of Squares" (1962). */
export function momentsOf(values: Iterable<number>): Moments {
  let count = 0
  let mean = 0
  let m2 = 0
  for (const value of values) {
    count++
    const deviation = value - mean
    mean += deviation / count
    m2 += deviation * (value - mean)
  }
  return { count, mean, m2 }
}

/**
 * The moments of two samples together: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for
 * Computing Sample Variances" (1979). Rounding depends on the order of merging: merge in a fixed one.
 */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b
  if (b.count === 0) return a
  const count = a.count + b.count
  const distance = b.mean - a.mean
  return {
    count,
    mean: a.mean + (distance * b.count) / count,
    m2: a.m2 + b.m2 + distance * distance * ((a.count * b.count) / count),
  }
}

/** The unbiased variance; NaN below two values. */
export function varianceOf({ count, m2 }: Moments): number {
  return count < 2 ? NaN : m2 / (count - 1)
}

/** The standard error of the mean; NaN below two values. */
export function standardErrorOf(moments: Moments): number {
  return Math.sqrt(varianceOf(moments) / moments.count)
}
