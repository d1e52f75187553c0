// Long enough that crossing the thread costs nothing beside it; short enough to stop and to show progress.
const SLICE_MS = 20
const MOST_GROWTH = 8
const MOST_RUNS = 1_000_000
const WEIGHT = 0.5

/** How many runs a slice is to have, from what runs took so far: some tens of milliseconds of them. */
export class SlicePace {
  /** A worker begins no further run of a slice after so long: most slices come back whole, and none takes for ever. */
  readonly budgetMs = 2 * SLICE_MS
  #msPerRun: number | undefined
  runs = 1

  /** So many runs took so long in one worker. */
  took(runs: number, ms: number): void {
    if (runs <= 0) return
    const measured = ms / runs
    this.#msPerRun = this.#msPerRun === undefined ? measured : this.#msPerRun + WEIGHT * (measured - this.#msPerRun)
    const fitting = this.#msPerRun > 0 ? SLICE_MS / this.#msPerRun : MOST_RUNS
    this.runs = Math.max(1, Math.min(Math.floor(fitting), MOST_GROWTH * Math.max(this.runs, runs), MOST_RUNS))
  }
}
