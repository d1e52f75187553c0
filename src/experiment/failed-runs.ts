import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import type { BlockRecord } from '../numerics/block-record.ts'
import { blockAt } from '../numerics/run-layout.ts'
import type { JournalEntry } from './journal/journal-entry.ts'
import type { Journal } from './journal/journal-reader.ts'
import { JournalWriter } from './journal/journal-writer.ts'
import type { Slice } from './slice-queue.ts'

/** Blocks of an earlier run with failed runs, where those are to be run again, and no others. */
export class FailedRuns {
  readonly #plan: ExperimentPlan
  readonly #isWanted: boolean
  readonly #blocks = new Map<number, BlockRecord>()

  constructor(plan: ExperimentPlan, isWanted: boolean) {
    this.#plan = plan
    this.#isWanted = isWanted
  }

  get size(): number {
    return this.#blocks.size
  }

  /** The numbers of the blocks. */
  get blocks(): ReadonlySet<number> {
    return new Set(this.#blocks.keys())
  }

  /** Sets a block aside if runs of it failed; `false` where it stays as it is. */
  set(block: BlockRecord): boolean {
    if (!this.#isWanted || block.failures.length === 0) return false
    this.#blocks.set(block.index, block)
    return true
  }

  /** The runs that are to be run again, neighbours together. */
  slices(): Slice[] {
    const slices: Slice[] = []
    for (const { failures } of this.#blocks.values()) {
      let from: number | undefined
      for (const [at, { run }] of failures.entries()) {
        from ??= run
        if (failures[at + 1]?.run === run + 1) continue
        slices.push({ from, to: run + 1 })
        from = undefined
      }
    }
    return slices
  }

  /** What is there of these blocks: the values between the failed runs. */
  *parts(): Generator<{ readonly from: number; readonly part: BlockRecord }> {
    for (const { index, failures, rows = [], slowest: _ } of this.#blocks.values()) {
      const block = blockAt(this.#plan.layout, index)
      let from = block.from
      for (const to of [...failures.map(({ run }) => run), block.to]) {
        const values = rows.map((row) => row.slice(from - block.from, to - block.from))
        if (to > from) yield { from, part: { index, metrics: [], runs: to - from, failures: [], rows: values } }
        from = to + 1
      }
    }
  }

  /** Writes the journal anew with them set aside: each counts as it is until it follows whole. */
  rewrite(folder: string, journal: Journal): Promise<JournalWriter> {
    return JournalWriter.rewrite(folder, journal.header, this.#setAside(journal))
  }

  async *#setAside(journal: Journal): AsyncGenerator<JournalEntry> {
    for await (const entry of journal.entries()) {
      if (entry.type === 'end') {
        // Its time is over whatever the failed runs come to; anything else is judged anew.
        if (entry.stopped.reason === 'budget') yield entry
      } else if (this.#blocks.has(entry.block.index)) yield { ...entry, type: 'aside' }
      else if (entry.type === 'block') yield entry
    }
  }
}
