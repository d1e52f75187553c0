/**
 * The mean of samples, with a control variate where one is wanted: the estimate moves by -b (mean of the control - its
 * known mean), with the b that leaves least variance, estimated from the same samples. Glasserman, "Monte Carlo Methods
 * in Financial Engineering" (2003), section 4.1.1; the bias from estimating b is of order 1 / n.
 */
export class ControlledMean {
  readonly #controlMean: number | undefined
  #count = 0
  #mean = 0
  #m2 = 0
  #mean2 = 0
  #controlM2 = 0
  #product = 0

  constructor(controlMean: number | undefined) {
    this.#controlMean = controlMean
  }

  get count(): number {
    return this.#count
  }

  /** The mean of the samples themselves. */
  get plainMean(): number {
    return this.#mean
  }

  get mean(): number {
    return this.#controlMean === undefined ? this.#mean : this.#mean - this.#slope * (this.#mean2 - this.#controlMean)
  }

  /** The sum of squared deviations that remains. */
  get m2(): number {
    // Rounding may lead below zero where the control explains everything.
    return this.#controlMean === undefined ? this.#m2 : Math.max(this.#m2 - this.#slope * this.#product, 0)
  }

  /** By Welford's recurrence, as in src/numerics/moments.ts, and its like for products. */
  add(sample: number, control: number): void {
    this.#count++
    const deviation = sample - this.#mean
    this.#mean += deviation / this.#count
    this.#m2 += deviation * (sample - this.#mean)
    if (this.#controlMean === undefined) return
    const controlDeviation = control - this.#mean2
    this.#mean2 += controlDeviation / this.#count
    this.#controlM2 += controlDeviation * (control - this.#mean2)
    this.#product += controlDeviation * (sample - this.#mean)
  }

  get #slope(): number {
    return this.#controlM2 === 0 ? 0 : this.#product / this.#controlM2
  }
}
