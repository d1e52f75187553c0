import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import type { BlockRecord } from '../numerics/block-record.ts'
import { BlockTally } from '../numerics/block-tally.ts'
import { blockAt } from '../numerics/run-layout.ts'

/** Part of a block: its values from run `from` on. */
interface Part {
  readonly from: number
  readonly record: BlockRecord
}

/** Puts blocks together that were computed in parts; what comes out is what a worker makes of the whole. */
export class BlockParts {
  readonly #plan: ExperimentPlan
  readonly #tally: BlockTally
  readonly #parts = new Map<number, Part[]>()

  constructor(plan: ExperimentPlan) {
    this.#plan = plan
    this.#tally = new BlockTally(plan)
  }

  /** Takes a part; the whole block once all of it is there. */
  add(from: number, record: BlockRecord): BlockRecord | undefined {
    const block = blockAt(this.#plan.layout, record.index)
    const parts = [...(this.#parts.get(record.index) ?? []), { from, record }].toSorted((a, b) => a.from - b.from)
    const runs = parts.reduce((sum, part) => sum + part.record.runs, 0)
    if (runs < block.to - block.from) {
      this.#parts.set(record.index, parts)
      return undefined
    }
    this.#parts.delete(record.index)
    for (const part of parts) {
      for (let at = 0; at < part.record.runs; at++) this.#tally.takeRow(part.record.rows!, at)
      this.#tally.addFailures(part.record.failures)
    }
    const most = Math.max(...parts.map((part) => part.record.slowest?.length ?? 0))
    const slowest = parts.flatMap((part) => part.record.slowest ?? []).toSorted((a, b) => b.ms - a.ms)
    slowest.length = most
    const whole = this.#tally.record(record.index, true)
    return slowest.length > 0 ? { ...whole, slowest } : whole
  }
}
