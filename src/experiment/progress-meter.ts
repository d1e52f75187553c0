import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import type { ExperimentProgress } from '../contract/experiment-options.ts'
import { runsOf } from '../numerics/run-layout.ts'
import { halfWidthOf } from '../numerics/stopping-rule.ts'
import type { ExperimentReduction } from './experiment-reduction.ts'

const INTERVAL_MS = 250
/** The rate is that of the last seconds. */
const RATE_MS = 5_000

/** Says how far an experiment is, four times a second at most. */
export class ProgressMeter {
  readonly #plan: ExperimentPlan
  readonly #reduction: ExperimentReduction
  readonly #listener: (progress: ExperimentProgress) => void
  readonly #watched: number
  /** Runs that are safe, and the samples of them that the rate comes from. */
  #runs = 0
  #samples: { readonly at: number; readonly runs: number }[] = []
  #saidAt = -Infinity
  #last: ExperimentProgress['metric']

  /** @param runs How many are safe from before. */
  constructor(
    plan: ExperimentPlan,
    reduction: ExperimentReduction,
    runs: number,
    listener: (progress: ExperimentProgress) => void,
    now: number,
  ) {
    this.#plan = plan
    this.#reduction = reduction
    this.#listener = listener
    const named = plan.metrics.findIndex(({ name }) => name === plan.stop.interval?.metric)
    this.#watched = Math.max(named, 0)
    this.#runs = runs
    this.#samples.push({ at: now, runs: this.#runs })
  }

  /** So many runs more are safe. */
  add(runs: number, now: number): void {
    this.#runs += runs
    if (now - this.#saidAt >= INTERVAL_MS) this.say(now)
  }

  say(now: number): void {
    this.#saidAt = now
    this.#samples.push({ at: now, runs: this.#runs })
    while (this.#samples.length > 2 && this.#samples[1]!.at < now - RATE_MS) this.#samples.shift()
    this.#listener(this.#progress(now))
  }

  #progress(now: number): ExperimentProgress {
    const [first] = this.#samples
    const seconds = (now - first!.at) / 1_000
    const rate = seconds > 0 ? (this.#runs - first!.runs) / seconds : 0
    const { layout } = this.#plan
    const { frontier, failed } = this.#reduction
    const perPoint = layout.replications
    // Of points that are decided, all their runs are behind.
    const left = Math.max(Math.min(runsOf(layout) - this.#runs, (layout.points - frontier) * perPoint), 0)
    return {
      runs: this.#runs,
      maxRuns: runsOf(layout),
      failed,
      points: frontier,
      maxPoints: layout.points,
      runsPerSecond: rate,
      etaMs: rate > 0 ? (left / rate) * 1_000 : undefined,
      metric: this.#metric(),
    }
  }

  #metric(): ExperimentProgress['metric'] {
    if (this.#reduction.isComplete) return this.#last
    const { name } = this.#plan.metrics[this.#watched]!
    const { moments } = this.#reduction.pointRun(this.#reduction.frontier).reduction.metrics[this.#watched]!
    if (moments.count === 0) return this.#last
    const halfWidth = halfWidthOf(moments, this.#plan.stop.interval?.confidence ?? 0.95)
    this.#last = {
      name,
      n: moments.count,
      mean: moments.mean,
      halfWidth: Number.isFinite(halfWidth) ? halfWidth : undefined,
    }
    return this.#last
  }
}
