/** How long the context that runs on a lane has been running, by the lane's mark and the supervisor's clock. */
export class RunClock {
  #seen = 0
  /** Which run of a slice it is that has been running since then. */
  turn = 0
  /** When the mark was first seen where it is. */
  since = 0
  /** How much of the time went into loading the service, which no limit of its own counts. */
  loadingMs = 0
  /** Whether it has been logged that it takes long. */
  warned = false

  /** The mark is at `started`, and within that at `turn`: where either has moved, another context or run has begun. */
  read(started: number, turn: number, now: number): void {
    if (started === this.#seen && turn === this.turn) return
    this.#seen = started
    this.turn = turn
    this.since = now
    this.loadingMs = 0
    this.warned = false
  }
}
