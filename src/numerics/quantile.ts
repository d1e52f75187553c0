/**
 * The quantile at `probability` of values sorted in ascending order, by linear interpolation between order statistics:
 * type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), the
 * default of R and NumPy.
 *
 * @throws {RangeError} No values, or a probability outside [0, 1].
 */
export function quantile(sorted: Float64Array, probability: number): number {
  requireProbability(sorted, probability)
  const position = (sorted.length - 1) * probability
  const below = Math.floor(position)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  // Equal neighbours are returned as they are: infinite ones would interpolate to NaN.
  return low === high ? low : low + (position - below) * (high - low)
}

/**
 * The mean of the lowest `probability` of values sorted in ascending order: the expected shortfall, with the opposite
 * sign where values are gains. Where the share holds no whole number of values, the last one counts in part: Acerbi and
 * Tasche, "On the Coherence of Expected Shortfall", J. Banking & Finance 26 (2002), proposition 4.1.
 *
 * @throws {RangeError} No values, or a probability outside (0, 1].
 */
export function lowerTailMean(sorted: Float64Array, probability: number): number {
  requireProbability(sorted, probability)
  if (probability === 0) throw new RangeError('The lowest 0 of the values have no mean')
  const share = sorted.length * probability
  const whole = Math.min(Math.floor(share), sorted.length)
  let sum = 0
  for (let index = 0; index < whole; index++) sum += sorted[index]!
  if (whole < share && whole < sorted.length) sum += (share - whole) * sorted[whole]!
  return sum / share
}

function requireProbability(sorted: Float64Array, probability: number): void {
  if (sorted.length === 0) throw new RangeError('No values to take a quantile of')
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`A probability lies in [0, 1], not at ${probability}`)
}
