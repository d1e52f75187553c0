import type { FromLane } from '../contract/messages.ts'
import type { Opening } from '../contract/events.ts'
import type { LaneSetup } from '../contract/plan.ts'
import type { Engine, LaneEnd, LaneListener } from '../engine/engine.ts'
import { Changes } from '../kernel/changes.ts'
import { endWell } from './end-well.ts'
import { reopenDelayMs } from './restart-budget.ts'
import { Retiring } from './retiring.ts'
import { Seat } from './seat.ts'

/** What the seats tell their pool. */
export interface SeatsListener {
  /** A seat's lane takes contexts now. */
  opened(seat: Seat, why: Opening): void
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
  readonly #retiring = new Retiring((seat) => this.kill(seat))
  /** Numbers of workers that are there or being opened. */
  readonly #numbers = new Set<number>()
  restarts = 0
  recycled = 0
  readonly #engine: Engine
  readonly #setup: (worker: number) => LaneSetup
  readonly #listener: SeatsListener
  readonly #reopening = new Set<NodeJS.Timeout>()
  readonly #opening = new Set<Promise<unknown>>()
  /** Gives up the lanes that are being opened. */
  readonly #givenUp = new AbortController()
  #failures = 0
  #closing = false
  readonly #changes = new Changes()

  constructor(engine: Engine, setup: (worker: number) => LaneSetup, listener: SeatsListener) {
    this.#engine = engine
    this.#setup = setup
    this.#listener = listener
  }

  get isClosing(): boolean {
    return this.#closing
  }

  /** How many threads have been told to end and have not. */
  get zombies(): number {
    return this.#zombies.size
  }

  /** Whether a lane is being replaced by `replace`, or the one before it is still to end. */
  get isReplacing(): boolean {
    return this.#retiring.size > 0 || this.taken.some(({ tenure }) => tenure.isReplaced)
  }

  /** Opens `workers` lanes; rejects with the first error if one cannot be opened. */
  async start(workers: number): Promise<void> {
    const opening = Array.from({ length: workers }, (_, index) => this.#begin(index + 1, 'started'))
    const failed = (await Promise.allSettled(opening)).find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Opens a lane that `close` waits for, whatever becomes of it. */
  #begin(worker: number, why: Opening, before?: Seat): Promise<void> {
    const opening = this.#open(worker, why, before).finally(() => {
      this.#opening.delete(opening)
      this.#changes.tell()
    })
    this.#opening.add(opening)
    return opening
  }

  async #open(worker: number, why: Opening, before?: Seat): Promise<void> {
    this.#numbers.add(worker)
    const seat = new Seat(worker)
    const listener: LaneListener = {
      message: (message) => this.#listener.message(seat, message),
      noise: () => this.#listener.noise(),
      unreadable: () => seat.unreadable++,
      gone: (end) => this.#gone(seat, end),
    }
    seat.lane = await this.#engine.open(this.#setup(worker), listener, this.#givenUp.signal)
    this.taken.push(seat)
    if (before) this.#retire(before)
    this.#failures = 0
    this.#listener.opened(seat, why)
    // It came up although it had been given up.
    if (this.#closing) endWell(seat)
    this.#changes.tell()
  }

  #gone(seat: Seat, end: LaneEnd): void {
    const wasTaken = this.taken.includes(seat)
    this.#zombies.delete(seat)
    this.#retiring.delete(seat)
    if (wasTaken) this.#vacate(seat)
    if (seat.tenure.isReplaced) this.#numbers.delete(seat.worker)
    this.#listener.gone(seat, end)
    if (wasTaken && !seat.tenure.isReplaced) this.#reopen(seat.worker)
    this.#changes.tell()
  }

  /**
   * Opens a lane in the place of one that has nothing in flight, and then drains that: make before break. Resolves with
   * whether one could be opened; the lane is as it was where none could.
   */
  async replace(seat: Seat): Promise<boolean> {
    const worker = this.#freeNumber()
    seat.tenure.isReplaced = true
    return await this.#begin(worker, 'recycled', seat).then(
      () => true,
      (error: unknown) => this.#notReplaced(seat, worker, error),
    )
  }

  /** Drains a lane that another has taken the place of, unless it is gone already. */
  #retire(seat: Seat): void {
    this.recycled++
    if (!this.taken.includes(seat)) return
    this.#vacate(seat)
    this.#retiring.add(seat)
  }

  #notReplaced(seat: Seat, worker: number, error: unknown): boolean {
    // It went meanwhile, and its place was left to the one that did not come.
    if (!this.taken.includes(seat)) this.#reopenLater(worker, error)
    else {
      this.#numbers.delete(worker)
      seat.tenure.isReplaced = false
      if (!this.#closing) this.#openFailed(worker, error)
    }
    return false
  }

  #freeNumber(): number {
    let number = 1
    while (this.#numbers.has(number)) number++
    return number
  }

  /** Ends a seat's thread. One that native code holds is replaced before it has gone. */
  kill(seat: Seat): void {
    seat.ending = true
    seat.killAt = Infinity
    seat.lane?.kill()
    const timer = setTimeout(() => {
      const isTaken = this.taken.includes(seat)
      if (this.#closing || !(isTaken || this.#retiring.delete(seat))) return
      if (isTaken) this.#vacate(seat)
      this.#zombies.add(seat)
      if (isTaken) this.#reopen(seat.worker)
    }, ZOMBIE_MS)
    timer.unref()
  }

  #vacate(seat: Seat): void {
    this.taken.splice(this.taken.indexOf(seat), 1)
  }

  #reopen(worker: number): void {
    if (this.#closing) return
    this.restarts++
    this.#begin(worker, 'restarted').catch((error: unknown) => this.#reopenLater(worker, error))
  }

  #reopenLater(worker: number, error: unknown): void {
    // Given up, it had to fail.
    if (this.#closing) return
    this.#openFailed(worker, error)
    const timer = setTimeout(() => {
      this.#reopening.delete(timer)
      this.#reopen(worker)
    }, reopenDelayMs(this.#failures))
    timer.unref()
    this.#reopening.add(timer)
  }

  #openFailed(worker: number, error: unknown): void {
    this.#failures++
    const isLast = this.taken.every(({ tenure }) => tenure.left <= 0)
    this.#listener.openFailed(worker, error, isLast && this.#failures >= HOPELESS_FAILURES)
  }

  /** Resolves with a seat whose lane takes contexts. */
  async any(): Promise<Seat> {
    for (;;) {
      const seat = this.taken.find((one) => one.takesMore)
      if (seat) return seat
      await this.#changes.next()
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
    for (const seat of [...this.taken, ...this.#retiring.seats]) {
      if (seat.inFlight === 0) this.#listener.undisposed(seat)
      seat.lane?.kill()
    }
    await this.#allGone(this.#opening.size > 0 ? UP_MS : KILL_MS)
    for (const seat of this.#retiring.seats) if (this.#retiring.delete(seat)) this.#zombies.add(seat)
    return this.#left
  }

  /** Threads that have not ended: also of lanes that are being opened. */
  get #left(): number {
    return this.taken.length + this.#zombies.size + this.#retiring.size + this.#opening.size
  }

  async #allGone(limitMs: number): Promise<void> {
    let over = false
    const end = () => {
      over = true
      this.#changes.tell()
    }
    // Not at once: where the event loop was held up, the news of the end may be waiting behind this timer.
    const timer = setTimeout(() => setImmediate(end), limitMs)
    while (this.#left > 0 && !over) await this.#changes.next()
    clearTimeout(timer)
  }
}
