import { reopenDelayMs } from './restart-budget.ts'
import { allowanceOf, chooseRecycled, type RecycleLimits } from './recycling.ts'
import type { Seat } from './seat.ts'
import type { Seats } from './seats.ts'

/**
 * Replaces the workers of a pool that have run enough or grown too large, one at a time: the lane takes nothing new, ends
 * what it has, another is opened, and only then is it drained.
 */
export class Recycler {
  readonly #seats: Seats
  readonly #limits: RecycleLimits
  #leaving: Seat | undefined
  #failures = 0
  #retryAt = 0

  constructor(seats: Seats, limits: RecycleLimits) {
    this.#seats = seats
    this.#limits = limits
  }

  /** A new lane may be sent so many contexts and no more. */
  opened({ tenure }: Seat): void {
    tenure.allowance = allowanceOf(0, false, this.#limits)
  }

  /** Looks at the lanes; to be called whenever one may have ended its contexts. */
  look(now: number): void {
    if (this.#seats.isClosing) return
    const leaving = this.#whoLeaves(now)
    const mustWait = leaving !== undefined || this.#seats.isReplacing || now < this.#retryAt
    for (const { tenure } of this.#seats.taken) tenure.allowance = allowanceOf(tenure.used, mustWait, this.#limits)
    if (leaving && leaving.inFlight === 0 && !leaving.tenure.isReplaced) void this.#replace(leaving)
  }

  #whoLeaves(now: number): Seat | undefined {
    // It may have crashed, or been replaced.
    if (this.#leaving && !this.#seats.taken.includes(this.#leaving)) this.#leaving = undefined
    if (this.#leaving || this.#seats.isReplacing || now < this.#retryAt) return this.#leaving
    // One that is being killed is replaced anyway.
    const staying = this.#seats.taken.filter((seat) => !seat.ending)
    const ages = staying.map((seat) => ({ seat, used: seat.tenure.used, memoryMb: seat.lane!.marks.memoryMb() }))
    this.#leaving = chooseRecycled(ages, this.#limits)?.seat
    if (this.#leaving) this.#leaving.tenure.isLeaving = true
    return this.#leaving
  }

  /** Where no other can be opened the lane goes on for now, as far as its allowance goes. */
  async #replace(seat: Seat): Promise<void> {
    if (await this.#seats.replace(seat)) {
      this.#failures = 0
      return
    }
    this.#retryAt = performance.now() + reopenDelayMs(++this.#failures)
    this.#leaving = undefined
    seat.tenure.isLeaving = false
  }
}
