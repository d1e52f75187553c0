import type { MetricPlan, RunLayout, StopPlan } from '../contract/experiment-plan.ts'
import { Accumulator } from './accumulator.ts'
import type { BlockRecord } from './block-record.ts'
import { blocksPerPoint } from './run-layout.ts'
import { isSatisfied } from './stopping-rule.ts'

/** Where the reduction of a point stands. */
export type PointState = 'open' | 'satisfied' | 'exhausted'

/** Whether a metric needs a sketch. */
export function needsSketch({ statistics }: MetricPlan): boolean {
  return statistics.some(({ kind }) => kind === 'quantile')
}

/**
 * Reduces the blocks of one point, which may arrive in any order: they are merged in their own, and the stopping rule is
 * asked after each. Blocks beyond the stop change nothing. What comes out depends on the blocks alone.
 */
export class PointReduction {
  readonly #stop: StopPlan['interval']
  readonly #judged: number
  readonly #blocks: number
  readonly #waiting = new Map<number, BlockRecord>()
  readonly metrics: readonly Accumulator[]
  #merged = 0
  #runs = 0
  #failed = 0
  #state: PointState = 'open'

  constructor(layout: RunLayout, metrics: readonly MetricPlan[], stop: StopPlan['interval']) {
    this.#stop = stop
    this.#judged = metrics.findIndex(({ name }) => name === stop?.metric)
    this.#blocks = blocksPerPoint(layout)
    this.metrics = metrics.map((metric) => new Accumulator(needsSketch(metric)))
  }

  get state(): PointState {
    return this.#state
  }

  /** How many blocks count: those before it do, this one and all beyond do not. */
  get blocks(): number {
    return this.#merged
  }

  get runs(): number {
    return this.#runs
  }

  get failed(): number {
    return this.#failed
  }

  /**
   * Takes a block by its place among the point's blocks.
   *
   * @throws {RangeError} There is no such block, or it was taken before.
   */
  take(ordinal: number, record: BlockRecord): void {
    if (!Number.isInteger(ordinal) || ordinal < 0 || ordinal >= this.#blocks)
      throw new RangeError(`A point has blocks 0 to ${this.#blocks - 1}, not ${ordinal}`)
    if (this.#state !== 'open' && ordinal >= this.#merged) return
    if (ordinal < this.#merged || this.#waiting.has(ordinal)) throw new RangeError(`Block ${ordinal} was taken before`)
    this.#waiting.set(ordinal, record)
    for (;;) {
      const next = this.#waiting.get(this.#merged)
      if (next === undefined || this.#state !== 'open') break
      this.#waiting.delete(this.#merged)
      this.#merge(next)
    }
    if (this.#state !== 'open') this.#waiting.clear()
  }

  #merge({ metrics, runs, failures }: BlockRecord): void {
    for (const [at, accumulator] of this.metrics.entries()) accumulator.mergeRecord(metrics[at]!)
    this.#merged++
    this.#runs += runs
    this.#failed += failures.length
    const judged = this.metrics[this.#judged]
    if (this.#stop !== undefined && judged !== undefined && isSatisfied(this.#stop, judged.moments, this.#runs)) {
      this.#state = 'satisfied'
    } else if (this.#merged === this.#blocks) {
      this.#state = 'exhausted'
    }
  }
}
