import type { FromLane } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import type { Engine, LaneEnd, LaneListener } from '../engine/engine.ts'
import { reopenDelayMs } from './restart-budget.ts'
import { Seat } from './seat.ts'

/** What the seats tell their pool. */
export interface SeatsListener {
  /** A seat's lane takes contexts now. */
  opened(seat: Seat, isRestart: boolean): void
  message(seat: Seat, message: FromLane): void
  /** A lane's port carried what no lane says. */
  noise(): void
  /** A seat's lane is gone and the seat with it; another is on its way unless the pool is closing. */
  gone(seat: Seat, end: LaneEnd): void
  /** A lane could not be opened again; `isLast` when none is left and it was tried often enough. */
  openFailed(worker: number, error: unknown, isLast: boolean): void
  /** A lane that had nothing left to run was still disposing of its components when `close` had to end its thread. */
  undisposed(seat: Seat): void
}

const HOPELESS_FAILURES = 10
// What `close` takes beyond its limit: for what it cancels to end by itself, and for threads that are killed to be gone.
const DRAIN_MS = 400
const KILL_MS = 500
// A thread that comes up cannot be killed before it has.
const UP_MS = 2_000
const ZOMBIE_MS = 250

/** Keeps a pool's lanes open: one for each worker, replaced when it is gone, with a growing delay where that fails. */
export class Seats {
  readonly taken: Seat[] = []
  /** Seats whose thread was told to end and has not: native code holds it. Another has taken its place. */
  readonly #zombies = new Set<Seat>()
  restarts = 0
  readonly #engine: Engine
  readonly #setup: (worker: number) => LaneSetup
  readonly #listener: SeatsListener
  readonly #reopening = new Set<NodeJS.Timeout>()
  readonly #opening = new Set<Promise<void>>()
  /** Gives up the lanes that are being opened. */
  readonly #givenUp = new AbortController()
  #failures = 0
  #closing = false
  #onChange: (() => void)[] = []

  constructor(engine: Engine, setup: (worker: number) => LaneSetup, listener: SeatsListener) {
    this.#engine = engine
    this.#setup = setup
    this.#listener = listener
  }

  get isClosing(): boolean {
    return this.#closing
  }

  /** Opens `workers` lanes; rejects with the first error if one cannot be opened. */
  async start(workers: number): Promise<void> {
    const opening = Array.from({ length: workers }, (_, index) => this.#begin(index + 1, false))
    const failed = (await Promise.allSettled(opening)).find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Opens a lane that `close` waits for, whatever becomes of it. */
  #begin(worker: number, isRestart: boolean): Promise<void> {
    const opening = this.#open(worker, isRestart).finally(() => {
      this.#opening.delete(opening)
      this.#changed()
    })
    this.#opening.add(opening)
    return opening
  }

  async #open(worker: number, isRestart: boolean): Promise<void> {
    const seat = new Seat(worker)
    const listener: LaneListener = {
      message: (message) => this.#listener.message(seat, message),
      noise: () => this.#listener.noise(),
      unreadable: () => seat.unreadable++,
      gone: (end) => this.#gone(seat, end),
    }
    seat.lane = await this.#engine.open(this.#setup(worker), listener, this.#givenUp.signal)
    this.taken.push(seat)
    this.#failures = 0
    this.#listener.opened(seat, isRestart)
    // It came up although it had been given up.
    if (this.#closing) endWell(seat)
    this.#changed()
  }

  #gone(seat: Seat, end: LaneEnd): void {
    const wasZombie = this.#zombies.delete(seat)
    if (!wasZombie) this.#vacate(seat)
    this.#listener.gone(seat, end)
    if (!wasZombie) this.#reopen(seat.worker)
    this.#changed()
  }

  /** Ends a seat's thread. One that native code holds is replaced before it has gone. */
  kill(seat: Seat): void {
    seat.ending = true
    seat.killAt = Infinity
    seat.lane?.kill()
    const timer = setTimeout(() => {
      if (this.#closing || !this.taken.includes(seat)) return
      this.#vacate(seat)
      this.#zombies.add(seat)
      this.#reopen(seat.worker)
    }, ZOMBIE_MS)
    timer.unref()
  }

  #vacate(seat: Seat): void {
    this.taken.splice(this.taken.indexOf(seat), 1)
  }

  #reopen(worker: number): void {
    if (this.#closing) return
    this.restarts++
    this.#begin(worker, true).catch((error: unknown) => this.#reopenLater(worker, error))
  }

  #reopenLater(worker: number, error: unknown): void {
    // Given up, it had to fail.
    if (this.#closing) return
    this.#failures++
    this.#listener.openFailed(worker, error, this.#failures >= HOPELESS_FAILURES && this.taken.length === 0)
    const timer = setTimeout(() => {
      this.#reopening.delete(timer)
      this.#reopen(worker)
    }, reopenDelayMs(this.#failures))
    timer.unref()
    this.#reopening.add(timer)
  }

  /** Resolves with a seat whose lane takes contexts. */
  async any(): Promise<Seat> {
    for (;;) {
      const seat = this.taken.find((one) => one.takesMore)
      if (seat) return seat
      await this.#nextChange()
    }
  }

  /**
   * Ends every lane once what runs there has ended, so that its components are disposed of; what has not ended by
   * `until`, or soon after where that is now, is killed. Returns how many threads would not end. A second call may
   * bring the end forward.
   */
  async close(until: number): Promise<number> {
    this.#closing = true
    this.#givenUp.abort()
    for (const timer of this.#reopening) clearTimeout(timer)
    for (const seat of this.taken) endWell(seat)
    await this.#allGone(Math.max(until - performance.now(), DRAIN_MS))
    for (const seat of this.taken) {
      if (seat.inFlight === 0) this.#listener.undisposed(seat)
      seat.lane?.kill()
    }
    await this.#allGone(this.#opening.size > 0 ? UP_MS : KILL_MS)
    return this.#left
  }

  /** Threads that have not ended: also of lanes that are being opened. */
  get #left(): number {
    return this.taken.length + this.#zombies.size + this.#opening.size
  }

  async #allGone(limitMs: number): Promise<void> {
    let over = false
    const end = () => {
      over = true
      this.#changed()
    }
    // Not at once: where the event loop was held up, the news of the end may be waiting behind this timer.
    const timer = setTimeout(() => setImmediate(end), limitMs)
    while (this.#left > 0 && !over) await this.#nextChange()
    clearTimeout(timer)
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => this.#onChange.push(resolve))
  }

  #changed(): void {
    for (const listener of this.#onChange.splice(0)) listener()
  }
}

/** Ends a seat's lane after what it has in hand. */
function endWell(seat: Seat): void {
  seat.ending = true
  // Held, since disposing of components may take longer than anything else keeps the process alive.
  seat.lane?.hold(true)
  seat.lane?.drain()
}
