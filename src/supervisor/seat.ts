import { Fifo } from '../kernel/fifo.ts'
import { MAX_IN_FLIGHT } from '../kernel/lane-marks.ts'
import type { Lane } from '../engine/engine.ts'
import type { Execution } from './execution.ts'
import type { Service } from './service.ts'

interface ChunkInFlight {
  readonly service: Service
  readonly size: number
  readonly sentAt: number
  left: number
}

/** What a lane left behind when it was gone. */
export interface Remains {
  /** The context that ran, or had run without its outcome having arrived. */
  readonly started: readonly Execution[]
  /** Contexts that never started, in order. */
  readonly notStarted: readonly Execution[]
}

/**
 * A lane's place in its pool and the contexts in flight on it, in the order in which it will run them. The twin on the
 * other side, which moves the mark, is `worker/lane-loop.ts`.
 */
export class Seat {
  readonly worker: number
  lane: Lane | undefined
  /** Takes nothing new: a context outlived its limit there, and the lane may have to be killed. */
  suspended = false
  killAt = Infinity
  /** Whether this pool asked for the lane's end, so that it counts as no crash. */
  ending = false
  /** The last mark seen and when it was first seen: how long the running context has been running. */
  markSeen = 0
  markSince = 0
  /** The error that nobody awaited and that ends the lane, once it has said so. */
  orphan: { readonly sequence: number | undefined; readonly error: Error } | undefined
  /** The request that ended last. */
  lastRequestId: string | undefined
  readonly #inFlight = new Fifo<Execution>()
  readonly #chunks = new Fifo<ChunkInFlight>()
  #first = 1
  #idleSince = 0

  constructor(worker: number) {
    this.worker = worker
  }

  /** Whether contexts may be sent to it now. */
  get takesMore(): boolean {
    return this.lane !== undefined && !this.suspended && !this.ending
  }

  get inFlight(): number {
    return this.#inFlight.length
  }

  get chunksInFlight(): number {
    return this.#chunks.length
  }

  get room(): number {
    return MAX_IN_FLIGHT - this.#inFlight.length
  }

  /** How long the lane is estimated to be busy with what is in flight. */
  get pendingMs(): number {
    let sum = 0
    for (let index = 0; index < this.#chunks.length; index++) {
      const chunk = this.#chunks.at(index)!
      sum += chunk.left * (chunk.service.costMs ?? Infinity)
    }
    return sum
  }

  /** Sends contexts of one service; returns how many could be sent, and why not all. */
  send(service: Service, executions: readonly Execution[], now: number): { sent: number; error?: unknown } {
    const lane = this.lane!
    const first = (this.#first + this.#inFlight.length) | 0
    for (const [index, execution] of executions.entries()) {
      execution.sequence = (first + index) | 0
      execution.loadingMs = 0
      lane.marks.clear(execution.sequence)
    }
    const sending = lane.send(
      service.plan.index,
      first,
      executions.map((execution) => execution.context),
    )
    if (sending.sent > 0) {
      if (this.#inFlight.length === 0) {
        lane.hold(true)
        this.#idleSince = now
      }
      for (const execution of executions.slice(0, sending.sent)) {
        execution.phase = 'in_flight'
        execution.holder = this
        this.#inFlight.push(execution)
      }
      this.#chunks.push({ service, size: sending.sent, sentAt: now, left: sending.sent })
    }
    return sending
  }

  /** Whether `execution` is in flight here and still this lane's to run. */
  #owns(execution: Execution | undefined, offset: number): execution is Execution {
    return (
      execution?.phase === 'in_flight' &&
      execution.holder === this &&
      execution.sequence === ((this.#first + offset) | 0)
    )
  }

  /** The context with this sequence, where it is still awaited. */
  owned(sequence: number): Execution | undefined {
    const offset = (sequence - this.#first) | 0
    const execution = this.#inFlight.at(offset)
    return this.#owns(execution, offset) ? execution : undefined
  }

  /** The contexts in flight that are still this lane's to run. */
  all(): Execution[] {
    return this.#inFlight.items().filter((execution, offset) => this.#owns(execution, offset))
  }

  /** How many contexts of one service are in flight here. */
  count(service: Service): number {
    return this.all().filter((execution) => execution.service === service).length
  }

  /** The context that runs, by the mark. */
  get running(): Execution | undefined {
    return this.lane && this.owned(this.lane.marks.started())
  }

  /**
   * Takes the outcome of the context at the head out of flight. `known` is false for a sequence that is not the head's:
   * nothing a lane says in good faith. `execution` is absent where nobody waits for the outcome any more.
   */
  finish(sequence: number, now: number): { readonly known: boolean; readonly execution?: Execution } {
    if (sequence !== this.#first || this.#inFlight.length === 0) return { known: false }
    const head = this.#inFlight.at(0)
    const execution = this.#owns(head, 0) ? head : undefined
    this.lastRequestId = head?.context.request_id
    this.#inFlight.shift()
    this.#first = (this.#first + 1) | 0
    this.#countDown(now)
    if (this.#inFlight.length === 0) this.lane?.hold(false)
    this.suspended = false
    this.killAt = Infinity
    return execution ? { known: true, execution } : { known: true }
  }

  #countDown(now: number): void {
    const chunk = this.#chunks.at(0)
    if (!chunk || --chunk.left > 0) return
    this.#chunks.shift()
    chunk.service.measured((now - Math.max(chunk.sentAt, this.#idleSince)) / chunk.size)
    this.#idleSince = now
  }

  /** Reads the mark; restarts the running context's time when it has moved. */
  sample(now: number): void {
    const started = this.lane?.marks.started() ?? 0
    if (started === this.markSeen) return
    this.markSeen = started
    this.markSince = now
  }

  /**
   * Takes back the contexts that have not started: each is flagged, and only one that then turns out not to have
   * started is taken, so none can run here any more (see `kernel/lane-marks.ts`).
   */
  reclaim(): Execution[] {
    const lane = this.lane!
    const taken: Execution[] = []
    for (let offset = this.#inFlight.length - 1; offset >= 0; offset--) {
      const execution = this.#inFlight.at(offset)
      if (!this.#owns(execution, offset)) continue
      if (hasStarted(lane, execution)) break
      lane.marks.withdraw(execution.sequence)
      // Started in between: it runs, or has seen the flag and is reported as not started.
      if (hasStarted(lane, execution)) break
      taken.push(execution)
    }
    return taken.reverse()
  }

  /** Flags one context. `false` where it had started already: it then runs, and sees the flag. */
  flag(execution: Execution): boolean {
    this.lane!.marks.cancel(execution.sequence)
    return !hasStarted(this.lane!, execution)
  }

  /** Empties the seat of a lane that is gone, and sorts what was in flight by the mark. */
  vacate(): Remains {
    const started: Execution[] = []
    const notStarted: Execution[] = []
    for (const execution of this.all()) {
      if (this.lane && hasStarted(this.lane, execution)) started.push(execution)
      else notStarted.push(execution)
    }
    return { started, notStarted }
  }
}

function hasStarted(lane: Lane, execution: Execution): boolean {
  return ((lane.marks.started() - execution.sequence) | 0) >= 0
}
