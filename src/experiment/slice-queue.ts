import type { RunLayout } from '../contract/experiment-plan.ts'
import { blockAt, blocksPerPoint } from '../numerics/run-layout.ts'
import type { ExperimentReduction } from './experiment-reduction.ts'

/** Runs from `from` to below `to`. */
export interface Slice {
  readonly from: number
  readonly to: number
}

/**
 * Decides which runs are computed next: what was given back first, then the blocks of the earliest point that is worth
 * more of them. It looks ahead of the first undecided point no further than `window` blocks, which bounds what waits.
 */
export class SliceQueue {
  readonly #layout: RunLayout
  readonly #reduction: ExperimentReduction
  readonly #perPoint: number
  readonly #window: number
  /** Blocks whose runs are given back one by one. */
  readonly #apart: ReadonlySet<number>
  /** Of points that are not decided: how many of their blocks were given out, or need not be. */
  readonly #given = new Map<number, number>()
  /** What was given back, the next one last: there may be as many as there are failed runs. */
  readonly #back: Slice[] = []

  constructor(layout: RunLayout, reduction: ExperimentReduction, window: number, apart: ReadonlySet<number>) {
    this.#layout = layout
    this.#reduction = reduction
    this.#perPoint = blocksPerPoint(layout)
    this.#window = window
    this.#apart = apart
  }

  /** Runs that are to be computed again, or were not reached. */
  giveBack(slices: readonly Slice[]): void {
    for (const slice of slices.toReversed()) if (slice.from < slice.to) this.#back.push(slice)
  }

  /** The next slice, of about `runs` runs in whole blocks; `undefined` where nothing is worth computing now. */
  next(runs: number): Slice | undefined {
    for (let slice = this.#back.pop(); slice !== undefined; slice = this.#back.pop()) {
      const wanted = this.#wantedOf(slice)
      if (wanted !== undefined) return wanted
    }
    const first = this.#nextBlock()
    if (first === undefined) return undefined
    const { from, to } = blockAt(this.#layout, first)
    let end = to
    let last = first
    while (end - from < runs && this.#nextBlock(last + 1) === last + 1) {
      last++
      end = blockAt(this.#layout, last).to
    }
    this.#markGiven(first, last)
    return { from, to: end }
  }

  /** What of a slice that came back is of points that are still open. */
  #wantedOf({ from, to }: Slice): Slice | undefined {
    const first = Math.max(from, this.#reduction.frontier * this.#layout.replications)
    return first < to ? { from: first, to } : undefined
  }

  /** The first block that is worth computing and was not given out, from `at` on. */
  #nextBlock(at = 0): number | undefined {
    const { frontier } = this.#reduction
    const lastBlock = this.#reduction.block + this.#window
    for (let point = Math.max(frontier, Math.floor(at / this.#perPoint)); point < this.#layout.points; point++) {
      const base = point * this.#perPoint
      if (base > lastBlock) return undefined
      let ordinal = Math.max(this.#given.get(point) ?? 0, at - base)
      const { blocksWanted: wanted, reduction } = this.#reduction.pointRun(point)
      // Blocks of an earlier run may be there already.
      while (ordinal < wanted && (reduction.has(ordinal) || this.#apart.has(base + ordinal))) ordinal++
      if (ordinal < wanted) return base + ordinal > lastBlock ? undefined : base + ordinal
    }
    return undefined
  }

  #markGiven(first: number, last: number): void {
    for (let block = first; block <= last; block++) {
      const point = Math.floor(block / this.#perPoint)
      this.#given.set(point, (block % this.#perPoint) + 1)
    }
    for (const point of this.#given.keys()) {
      if (point >= this.#reduction.frontier) break
      this.#given.delete(point)
    }
  }
}
