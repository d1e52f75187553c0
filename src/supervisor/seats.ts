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
}

const HOPELESS_FAILURES = 10
const DRAIN_MS = 500
const KILL_MS = 900
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
    const opening = Array.from({ length: workers }, (_, index) => this.#open(index + 1, false))
    const failed = (await Promise.allSettled(opening)).find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
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
    const opening = this.#open(worker, true)
      .catch((error: unknown) => this.#reopenLater(worker, error))
      .finally(() => this.#opening.delete(opening))
    this.#opening.add(opening)
  }

  #reopenLater(worker: number, error: unknown): void {
    this.#failures++
    this.#listener.openFailed(worker, error, this.#failures >= HOPELESS_FAILURES && this.taken.length === 0)
    if (this.#closing) return
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
   * Ends every lane: one at rest drains, so that its components are disposed of, by `until`; a busy one is killed.
   * Returns how many threads would not end.
   */
  async close(until: number): Promise<number> {
    this.#closing = true
    this.#givenUp.abort()
    for (const timer of this.#reopening) clearTimeout(timer)
    await Promise.all(this.#opening)
    for (const seat of this.taken) {
      seat.ending = true
      if (seat.inFlight > 0) seat.lane?.kill()
      else {
        // Held, since disposing of components may take longer than anything else keeps the process alive.
        seat.lane?.hold(true)
        seat.lane?.drain()
      }
    }
    await this.#allGone(Math.max(until - performance.now(), DRAIN_MS))
    for (const seat of this.taken) seat.lane?.kill()
    await this.#allGone(KILL_MS)
    return this.taken.length + this.#zombies.size
  }

  async #allGone(limitMs: number): Promise<void> {
    let over = false
    const timer = setTimeout(() => {
      over = true
      this.#changed()
    }, limitMs)
    while (this.taken.length + this.#zombies.size > 0 && !over) await this.#nextChange()
    clearTimeout(timer)
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => this.#onChange.push(resolve))
  }

  #changed(): void {
    for (const listener of this.#onChange.splice(0)) listener()
  }
}
