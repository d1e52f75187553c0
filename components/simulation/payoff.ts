import { expectedExcess } from '../../src/numerics/lognormal.ts'
import { basket } from './basket.ts'
import type { Parameters } from './input.ts'
import type { PathPayoff } from './path-payoff.ts'

/** The terms of a payoff on one asset: one step of its log-price is `drift + volatility · z`. */
interface Terms {
  readonly spot: number
  readonly strike: number
  readonly sign: 1 | -1
  readonly steps: number
  readonly drift: number
  readonly volatility: number
}

/** The payoff that the parameters name. */
export function payoffOf(parameters: Parameters): PathPayoff {
  const { payoff, spot, rate, volatility, periods_per_year: perYear } = parameters
  const sign = payoff.endsWith('call') ? 1 : -1
  if (payoff.startsWith('basket')) return basket(parameters, sign)
  const terms: Terms = {
    spot,
    strike: parameters.strikeAt(spot),
    sign,
    steps: parameters.horizon_days,
    drift: (rate - (volatility * volatility) / 2) / perYear,
    volatility: volatility / Math.sqrt(perYear),
  }
  if (payoff.startsWith('european')) return european(terms)
  if (payoff.includes('asian')) return asian(terms, payoff.startsWith('geometric'))
  const { barrier } = parameters
  if (barrier === undefined) throw new RangeError(`data.barrier is missing: ${payoff} needs one`)
  const isUp = payoff.startsWith('up')
  if (isUp ? barrier <= spot : barrier >= spot)
    throw new RangeError(`data.barrier must be ${isUp ? 'above' : 'below'} the spot of ${spot}, not ${barrier}`)
  return barrierOption(terms, barrier, isUp, payoff.includes('-in-'), parameters.monitoring === 'continuous')
}

/** Its control is the asset, a martingale when discounted. */
function european({ spot, strike, sign, steps, drift, volatility }: Terms): PathPayoff {
  const forward = spot * Math.exp(steps * (drift + (volatility * volatility) / 2))
  return {
    shocks: steps,
    controlMean: forward,
    mean: expectedExcess(forward, steps * volatility * volatility, strike, sign),
    evaluate(shocks, mirror, value) {
      value.terminal = spot * Math.exp(steps * drift + mirror * volatility * sumOf(shocks))
      value.control = value.terminal
      value.payoff = Math.max(sign * (value.terminal - strike), 0)
    },
  }
}

/** In four partial sums, since each addition would wait for the one before it. */
function sumOf(values: Float64Array): number {
  const { length } = values
  const whole = length - (length % 4)
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let at = 0; at < whole; at += 4) {
    a += values[at]!
    b += values[at + 1]!
    c += values[at + 2]!
    d += values[at + 3]!
  }
  for (let at = whole; at < length; at++) a += values[at]!
  return a + b + (c + d)
}

/**
 * On the average of the prices after each step. The geometric average is lognormal; its option has a closed form: Kemna
 * and Vorst, "A Pricing Method for Options Based on Average Asset Values", J. Banking & Finance 14 (1990), who also use it
 * as a control for the arithmetic one; for averages over steps, Glasserman (2003), section 3.2.2.
 */
function asian({ spot, strike, sign, steps, drift, volatility }: Terms, isGeometric: boolean): PathPayoff {
  const logMean = Math.log(spot) + (drift * (steps + 1)) / 2
  const variance = (volatility * volatility * (steps + 1) * (2 * steps + 1)) / (6 * steps)
  const geometricMean = expectedExcess(Math.exp(logMean + variance / 2), variance, strike, sign)
  return {
    shocks: steps,
    controlMean: isGeometric ? spot * Math.exp(steps * (drift + (volatility * volatility) / 2)) : geometricMean,
    ...(isGeometric && { mean: geometricMean }),
    evaluate(shocks, mirror, value) {
      const spread = mirror * volatility
      let log = 0
      let logs = 0
      let prices = 0
      for (let step = 0; step < steps; step++) {
        log += drift + spread * shocks[step]!
        logs += log
        if (!isGeometric) prices += Math.exp(log)
      }
      value.terminal = spot * Math.exp(log)
      const geometric = Math.max(sign * (spot * Math.exp(logs / steps) - strike), 0)
      value.payoff = isGeometric ? geometric : Math.max(sign * ((spot * prices) / steps - strike), 0)
      value.control = isGeometric ? value.terminal : geometric
    },
  }
}

/**
 * Knocked in or out where the price reaches the barrier: at a step, or, looked at continuously, with the probability that
 * a Brownian bridge between the steps reaches it, which makes the price that of continuous time without any bias:
 * Glasserman (2003), section 6.4. Its control is the option without a barrier.
 */
function barrierOption(
  { spot, strike, sign, steps, drift, volatility }: Terms,
  barrier: number,
  isUp: boolean,
  isIn: boolean,
  isContinuous: boolean,
): PathPayoff {
  const side = isUp ? 1 : -1
  const distance = Math.log(barrier / spot)
  const variance = volatility * volatility
  return {
    shocks: steps,
    controlMean: expectedExcess(spot * Math.exp(steps * (drift + variance / 2)), variance * steps, strike, sign),
    evaluate(shocks, mirror, value) {
      const spread = mirror * volatility
      let log = 0
      let away = side * distance
      /** The probability that the barrier was not reached. */
      let kept = 1
      for (let step = 0; step < steps; step++) {
        const before = away
        log += drift + spread * shocks[step]!
        away = side * (distance - log)
        if (away <= 0) kept = 0
        else if (isContinuous && kept > 0 && variance > 0) kept *= 1 - Math.exp((-2 * before * away) / variance)
      }
      value.terminal = spot * Math.exp(log)
      value.control = Math.max(sign * (value.terminal - strike), 0)
      value.payoff = value.control * (isIn ? 1 - kept : kept)
    },
  }
}
