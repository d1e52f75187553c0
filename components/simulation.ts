import type { Component, Context, Scope } from '../src/component.ts'
import { ControlledMean } from './simulation/controlled-mean.ts'
import { inBlocks } from './simulation/in-blocks.ts'
import { type Input, parametersOf } from './simulation/input.ts'
import type { PathValue } from './simulation/path-payoff.ts'
import { payoffOf } from './simulation/payoff.ts'
import { type RiskResult, tailRisk } from './simulation/tail-risk.ts'

/** Fields of `data`, of the context itself (where a step maps them there) and of the config, in this precedence. */
export type SimulationInput = Input

/**
 * What `Simulation` returns. `price` and `payoff_m2`, with `samples` or else `paths` as their count, pool
 * over several contexts (Chan's merge); exactly so where there is no control variate.
 */
export type SimulationResult = {
  readonly paths: number
  /** Mean of the discounted payoffs, controlled where that was asked for: the price. */
  readonly price: number
  /** Of the price; null for a single sample. */
  readonly standard_error: number | null
  /** Sum of squared deviations of the discounted payoffs from their mean; what the control leaves of it. */
  readonly payoff_m2: number
  /** Mean of the discounted payoffs themselves, where `payoff` was given by name: a metric for experiments. */
  readonly payoff?: number
  /** The price by a formula, where `payoff` was given by name and has one. */
  readonly closed_form?: number
  /** Antithetic pairs: how many independent samples the price rests on. */
  readonly samples?: number
  /** The price of the asset at the end of each path, in the real world. */
  readonly terminal?: Float64Array
}

/**
 * Monte Carlo of geometric Brownian motion, day by day: the log-price moves by (r - sigma²/2) dt + sigma sqrt(dt) z,
 * which is exact for this process at any step (Glasserman, "Monte Carlo Methods in Financial Engineering", 2003,
 * section 3.2.1). Options are priced under the risk-neutral drift r. The real world differs by its drift alone, so that
 * the same shocks, with (drift - r) T added to the log, give the real-world terminal prices. `docs/models.md` has each
 * payoff with its source.
 */
export class Simulation implements Component {
  readonly #config: SimulationInput
  /** The shocks of one path; kept from context to context. */
  #shocks = new Float64Array(0)

  constructor(config: SimulationInput = {}) {
    parametersOf({ config })
    this.#config = config
  }

  execute(context: Context, scope: Scope): SimulationResult {
    const parameters = parametersOf({ data: context.data ?? {}, context, config: this.#config })
    const { paths, antithetic, rate } = parameters
    if (antithetic && paths % 2 === 1) throw new RangeError(`data.paths must be even where antithetic, not ${paths}`)
    const payoff = payoffOf(parameters)
    const years = parameters.horizon_days / parameters.periods_per_year
    const discount = Math.exp(-rate * years)
    const realWorldFactor = Math.exp((parameters.drift - rate) * years)
    const terminal = parameters.return_terminal ? new Float64Array(paths) : undefined
    if (this.#shocks.length !== payoff.shocks) this.#shocks = new Float64Array(payoff.shocks)
    const shocks = this.#shocks

    const value: PathValue = { payoff: 0, control: 0, terminal: 0 }
    const mean = new ControlledMean(parameters.control_variate ? discount * payoff.controlMean : undefined)
    const pathsPerSample = antithetic ? 2 : 1
    inBlocks(paths / pathsPerSample, pathsPerSample * payoff.shocks, scope, (sample) => {
      payoff.evaluate(scope.normals(shocks), 1, value)
      let { payoff: gain, control } = value
      if (terminal !== undefined) terminal[pathsPerSample * sample] = value.terminal * realWorldFactor
      if (antithetic) {
        payoff.evaluate(shocks, -1, value)
        gain = (gain + value.payoff) / 2
        control = (control + value.control) / 2
        if (terminal !== undefined) terminal[2 * sample + 1] = value.terminal * realWorldFactor
      }
      mean.add(discount * gain, discount * control)
    })
    const { count, mean: price, m2 } = mean
    if (!Number.isFinite(m2)) throw new RangeError('Prices went beyond what a double holds: check the parameters')
    // The control's slope takes a degree of freedom.
    const freedom = count - (parameters.control_variate ? 2 : 1)
    return {
      paths,
      price,
      standard_error: freedom > 0 ? Math.sqrt(m2 / freedom / count) : null,
      payoff_m2: m2,
      ...(parameters.isNamed && { payoff: mean.plainMean }),
      ...(parameters.isNamed && payoff.mean !== undefined && { closed_form: discount * payoff.mean }),
      ...(antithetic && { samples: count }),
      ...(terminal !== undefined && { terminal }),
    }
  }
}

/**
 * The value at risk and the expected shortfall of holding an asset: of geometric Brownian motion with the real-world
 * drift, or of GARCH(1,1) where `garch` is given, as `PreCalibration` fits it. It takes the fields of `Simulation` that
 * are not about options, `garch`, `model` and `confidence`.
 */
export class RiskSimulation implements Component {
  readonly #config: SimulationInput

  constructor(config: SimulationInput = {}) {
    parametersOf({ config })
    this.#config = config
  }

  execute(context: Context, scope: Scope): RiskResult {
    return tailRisk(parametersOf({ data: context.data ?? {}, context, config: this.#config }), scope)
  }
}
