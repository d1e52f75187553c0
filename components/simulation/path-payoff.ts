/** What one path comes to. Payoffs are not discounted yet. */
export interface PathValue {
  payoff: number
  /** Another payoff, of known mean, that moves with it. */
  control: number
  /** The price of the asset at the end; of a basket, its value. */
  terminal: number
}

/** A payoff with the model it is under. */
export interface PathPayoff {
  /** How many standard normal numbers a path takes. */
  readonly shocks: number
  /** The mean of `control`. */
  readonly controlMean: number
  /** The mean of `payoff`, where there is a formula. */
  readonly mean?: number
  /** Works a path out, its shocks times `sign`, into `value`. */
  evaluate(shocks: Float64Array, sign: 1 | -1, value: PathValue): void
}
