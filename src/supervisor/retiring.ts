import type { Seat } from './seat.ts'

const LIMIT_MS = 10_000

/** Seats that others have taken the place of: their lanes dispose of their components and end. */
export class Retiring {
  readonly #limits = new Map<Seat, NodeJS.Timeout>()
  readonly #overdue: (seat: Seat) => void

  /** @param overdue Called with a seat whose lane takes too long. */
  constructor(overdue: (seat: Seat) => void) {
    this.#overdue = overdue
  }

  get size(): number {
    return this.#limits.size
  }

  get seats(): Seat[] {
    return [...this.#limits.keys()]
  }

  add(seat: Seat): void {
    seat.ending = true
    this.#limits.set(
      seat,
      setTimeout(() => this.#overdue(seat), LIMIT_MS),
    )
    // Held, since nothing else may keep the process alive while components are disposed of.
    seat.lane!.hold(true)
    seat.lane!.drain()
  }

  /** Lets go of a seat; `false` where it was not there. */
  delete(seat: Seat): boolean {
    clearTimeout(this.#limits.get(seat))
    return this.#limits.delete(seat)
  }
}
