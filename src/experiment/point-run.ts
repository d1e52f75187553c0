import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import type { BlockRecord } from '../numerics/block-record.ts'
import { PointReduction } from '../numerics/point-reduction.ts'
import { blocksPerPoint } from '../numerics/run-layout.ts'
import { halfWidthOf } from '../numerics/stopping-rule.ts'
import type { TrailStep } from './experiment-result.ts'

// Of the interval's course, a step each time the runs have grown by this factor is kept.
const TRAIL_GROWTH = 1.15
const TRAIL_CONFIDENCE = 0.95
// A prediction from few blocks is rough: never more than so many times as many blocks as are there.
const BOLDEST = 4

/** One point of an experiment while it is computed: how far its blocks were given out and what they came to. */
export class PointRun {
  readonly reduction: PointReduction
  /** By metric, how its interval tightened; where pictures are wanted. */
  readonly trails: readonly TrailStep[][]
  /** The blocks that count, where the failed runs of points before may yet say that only the first of them do. */
  readonly records: BlockRecord[] | undefined
  /** Of these, those with failed runs, until they were looked at: their places and how many. */
  readonly failing: { readonly ordinal: number; readonly failed: number }[] = []
  readonly #plan: ExperimentPlan
  readonly #blocks: number
  readonly #least: number
  readonly #keepsTrail: boolean
  #nextStep = 0

  constructor(plan: ExperimentPlan, keepsTrail: boolean, onMerge: (record: BlockRecord) => void) {
    this.#plan = plan
    this.records = plan.maxFailures === undefined ? undefined : []
    this.reduction = new PointReduction(plan, (record) => {
      const { length: failed } = record.failures
      this.records?.push(record)
      if (failed > 0 && plan.maxFailures !== undefined)
        this.failing.push({ ordinal: this.reduction.blocks - 1, failed })
      onMerge(record)
    })
    this.#blocks = blocksPerPoint(plan.layout)
    const { interval } = plan.stop
    this.#least = interval ? Math.ceil(interval.minReplications / plan.layout.blockSize) : this.#blocks
    this.#keepsTrail = keepsTrail
    this.trails = plan.metrics.map(() => [])
  }

  take(ordinal: number, record: BlockRecord): void {
    const before = this.reduction.blocks
    this.reduction.take(ordinal, record)
    if (this.#keepsTrail && this.reduction.blocks > before) this.#noteStep()
  }

  /**
   * How many of its blocks are worth computing as far as is known: those before its first judgement, and from then on
   * those that the interval will take if the deviation stays what it is. The width falls with the root of the runs.
   */
  get blocksWanted(): number {
    const { reduction } = this
    const { interval } = this.#plan.stop
    if (reduction.state !== 'open') return reduction.blocks
    if (!interval || reduction.blocks === 0) return Math.min(this.#least, this.#blocks)
    const judged = reduction.metrics[this.#plan.metrics.findIndex(({ name }) => name === interval.metric)]!
    const { moments } = judged
    const limit = interval.relative ? interval.halfWidth * Math.abs(moments.mean) : interval.halfWidth
    const ratio = halfWidthOf(moments, interval.confidence) / limit
    const factor = Number.isFinite(ratio) ? Math.min(ratio * ratio, BOLDEST) : BOLDEST
    const wanted = Math.max(Math.ceil(reduction.blocks * factor), reduction.blocks + 1, this.#least)
    return Math.min(wanted, this.#blocks)
  }

  #noteStep(): void {
    const { reduction } = this
    if (reduction.runs < this.#nextStep && reduction.state === 'open') return
    this.#nextStep = reduction.runs * TRAIL_GROWTH
    for (const [at, { moments }] of reduction.metrics.entries()) {
      const halfWidth = halfWidthOf(moments, TRAIL_CONFIDENCE)
      if (Number.isFinite(halfWidth)) this.trails[at]!.push({ runs: reduction.runs, mean: moments.mean, halfWidth })
    }
  }
}
