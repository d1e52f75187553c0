import type { ExperimentPlan, MetricPlan, StopPlan } from '../contract/experiment-plan.ts'
import { Accumulator } from './accumulator.ts'
import type { BlockRecord } from './block-record.ts'
import { blocksPerPoint } from './run-layout.ts'
import { isSatisfied } from './stopping-rule.ts'

/** Where the reduction of a point stands. */
export type PointState = 'open' | 'satisfied' | 'exhausted'

/** Whether a metric needs a sketch: for its own quantiles, or for the picture of it. */
export function needsSketch({ outputs }: Pick<ExperimentPlan, 'outputs'>, { statistics }: MetricPlan): boolean {
  return outputs.includes('report.html') || statistics.some(({ kind }) => kind === 'quantile')
}

/**
 * Reduces the blocks of one point, which may arrive in any order: they are merged in their own, and the stopping rule is
 * asked after each. Blocks beyond the stop change nothing. What comes out depends on the blocks alone.
 */
export class PointReduction {
  readonly #stop: StopPlan['interval']
  readonly #judged: number
  readonly #blocks: number
  readonly #runsPerValue: number
  readonly #waiting = new Map<number, BlockRecord>()
  readonly #onMerge: ((record: BlockRecord) => void) | undefined
  readonly metrics: readonly Accumulator[]
  #merged = 0
  #runs = 0
  #failed = 0
  #state: PointState = 'open'

  /** @param onMerge Hears of each block that counts, in their order. */
  constructor(
    plan: Pick<ExperimentPlan, 'layout' | 'metrics' | 'stop' | 'outputs'>,
    onMerge?: (record: BlockRecord) => void,
  ) {
    this.#onMerge = onMerge
    this.#stop = plan.stop.interval
    this.#judged = plan.metrics.findIndex(({ name }) => name === this.#stop?.metric)
    this.#blocks = blocksPerPoint(plan.layout)
    this.#runsPerValue = plan.layout.antithetic ? 2 : 1
    this.metrics = plan.metrics.map((metric) => new Accumulator(needsSketch(plan, metric)))
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

  /** Whether a block was taken, by its place among the point's blocks. */
  has(ordinal: number): boolean {
    return ordinal < this.#merged || this.#waiting.has(ordinal)
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

  #merge(record: BlockRecord): void {
    for (const [at, accumulator] of this.metrics.entries()) accumulator.mergeRecord(record.metrics[at]!)
    this.#merged++
    this.#runs += record.runs
    this.#failed += record.failures.length
    this.#onMerge?.(record)
    const judged = this.metrics[this.#judged]
    if (this.#stop && judged && isSatisfied(this.#stop, judged.moments, this.#runsPerValue * judged.moments.count)) {
      this.#state = 'satisfied'
    } else if (this.#merged === this.#blocks) {
      this.#state = 'exhausted'
    }
  }
}
