import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import type { PointSummary, RunFailure } from '../contract/experiment-summary.ts'
import type { BlockRecord, SlowRun } from '../numerics/block-record.ts'
import { type Design, openDesign } from '../numerics/design.ts'
import { blockAt, blocksPerPoint } from '../numerics/run-layout.ts'
import { PointReduction } from '../numerics/point-reduction.ts'
import type { MetricPicture } from './experiment-result.ts'
import { PointRun } from './point-run.ts'
import { summariseMetric } from './point-summary.ts'

const MOST_PICTURED = 48
const MOST_LISTED = 100
const MOST_SLOW = 20

/**
 * Reduces the blocks of an experiment, which may come in any order, to what is known of its points. A point is decided by
 * its own blocks; points are summed up in their order. What comes out depends on the blocks alone.
 */
export class ExperimentReduction {
  readonly #plan: ExperimentPlan
  readonly #design: Design
  readonly #perPoint: number
  readonly #open = new Map<number, PointRun>()
  readonly #hasPictures: boolean
  /** Failed runs of the points that were summed up. */
  #failedBefore = 0
  /** Of the first point that is not: those that were looked at already. */
  #failedOfFrontier = 0
  /** Of the points that were summed up: how many of their blocks count. */
  readonly #counted: number[] = []
  readonly points: PointSummary[] = []
  readonly pictures: MetricPicture[] = []
  /** The slowest runs of all blocks, the slowest first. */
  readonly slowest: SlowRun[] = []
  listed: RunFailure[] = []
  /** Runs and failed runs of all blocks that count so far. */
  runs = 0
  failed = 0
  /** Runs that a clock or memory ended, by what ended them. */
  readonly endedBy = { clock: 0, memory: 0 }
  /** The same of each block, where some that were merged may turn out not to count. */
  readonly #ended: { readonly index: number; readonly by: 'clock' | 'memory' }[] = []

  constructor(plan: ExperimentPlan) {
    this.#plan = plan
    this.#design = openDesign(plan.design, plan.seed)
    this.#perPoint = blocksPerPoint(plan.layout)
    this.#hasPictures = plan.outputs.includes('report.html')
  }

  /** The first point that is not decided. */
  get frontier(): number {
    return this.points.length
  }

  /** Whether all points are decided. */
  get isComplete(): boolean {
    return this.frontier === this.#plan.layout.points
  }

  /** Where the failed runs became too many: the first block, over all points, that does not count. */
  cut: number | undefined

  /** The first block, over all points, that is not known to count. */
  get block(): number {
    if (this.cut !== undefined) return this.cut
    return this.frontier * this.#perPoint + (this.#open.get(this.frontier)?.reduction.blocks ?? 0)
  }

  /** A point that is not summed up. */
  pointRun(point: number): PointRun {
    let run = this.#open.get(point)
    if (run === undefined) {
      run = new PointRun(this.#plan, this.#hasPictures && point < MOST_PICTURED, (record) => this.#note(record))
      this.#open.set(point, run)
    }
    return run
  }

  /** Takes a block; one beyond its point's stop changes nothing. */
  take({ rows: _, ...record }: BlockRecord): void {
    if (this.cut !== undefined) return
    const point = Math.floor(record.index / this.#perPoint)
    if (point < this.frontier) return
    this.pointRun(point).take(record.index % this.#perPoint, record)
    for (let run = this.#open.get(this.frontier); run !== undefined; run = this.#open.get(this.frontier)) {
      this.#findCut(run)
      if (this.cut !== undefined || run.reduction.state === 'open') return
      this.#sumUp(this.frontier)
    }
  }

  /** Whether the failed runs up to here, in the order of blocks, are as many as end the experiment. */
  #findCut({ failing }: PointRun): void {
    const { maxFailures } = this.#plan
    if (maxFailures === undefined) return
    for (const block of failing.splice(0)) {
      this.#failedOfFrontier += block.failed
      const failed = this.#failedBefore + this.#failedOfFrontier
      if (failed < maxFailures) continue
      this.cut = this.frontier * this.#perPoint + block.ordinal + 1
      this.failed = failed
      this.listed = this.listed.filter(({ run }) => run < blockAt(this.#plan.layout, this.cut!).from)
      for (const { index, by } of this.#ended) if (index >= this.cut) this.endedBy[by]--
      this.#sumUp(this.frontier, block.ordinal + 1)
      return
    }
  }

  /** Sums up the points that are not decided as they are, where the experiment ends before they are. */
  sumUpRest(): void {
    if (this.cut !== undefined) return
    const last = Math.max(-1, ...[...this.#open].filter(([, run]) => run.reduction.blocks > 0).map(([point]) => point))
    while (this.frontier <= last) this.#sumUp(this.frontier)
  }

  /** How many blocks of a point count. */
  countedBlocks(point: number): number {
    return this.#counted[point] ?? 0
  }

  /** @param blocks How many of its blocks count; all that are there by default. */
  #sumUp(point: number, blocks?: number): void {
    const run = this.pointRun(point)
    const reduction = blocks === undefined ? run.reduction : this.#reduceFirst(run, blocks)
    const metrics = this.#plan.metrics.map((metric, at) => ({ metric, accumulator: reduction.metrics[at]! }))
    const stopped = { open: 'experiment', satisfied: 'interval', exhausted: 'replications' } as const
    this.points.push({
      point,
      parameters: this.#design.parametersOf(point),
      runs: reduction.runs,
      failed: reduction.failed,
      stopped: stopped[reduction.state],
      metrics: Object.fromEntries(
        metrics.map(({ metric, accumulator }) => [metric.name, summariseMetric(metric, accumulator)]),
      ),
    })
    this.#counted.push(reduction.blocks)
    this.#failedBefore += reduction.failed
    this.#failedOfFrontier = 0
    if (this.#hasPictures && point < MOST_PICTURED) {
      for (const [at, { metric, accumulator }] of metrics.entries()) {
        const { sketch } = accumulator.toRecord()
        this.pictures.push({
          point,
          metric: metric.name,
          trail: run.trails[at]!.filter(({ runs }) => runs <= reduction.runs),
          sketch,
        })
      }
    }
    this.#open.delete(point)
  }

  /** The reduction of the first blocks of a point alone. */
  #reduceFirst({ records = [] }: PointRun, blocks: number): PointReduction {
    const reduction = new PointReduction(this.#plan)
    for (let ordinal = 0; ordinal < blocks; ordinal++) reduction.take(ordinal, records[ordinal]!)
    return reduction
  }

  #note({ index, runs, failures, slowest }: BlockRecord): void {
    this.runs += runs
    this.failed += failures.length
    if (slowest !== undefined) {
      this.slowest.push(...slowest)
      this.slowest.sort((a, b) => b.ms - a.ms)
      this.slowest.length = Math.min(this.slowest.length, MOST_SLOW)
    }
    for (const { ended_by: by } of failures) {
      if (by === undefined) continue
      this.endedBy[by]++
      if (this.#plan.maxFailures !== undefined) this.#ended.push({ index, by })
    }
    if (failures.length === 0) return
    this.listed.push(...failures)
    this.listed.sort((a, b) => a.run - b.run)
    this.listed.length = Math.min(this.listed.length, MOST_LISTED)
  }
}
