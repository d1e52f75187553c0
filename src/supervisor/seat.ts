import type { RoutedContext } from '../contract/context.ts'
import { Fifo } from '../kernel/fifo.ts'
import { MAX_IN_FLIGHT } from '../kernel/lane-marks.ts'
import type { Lane } from '../engine/engine.ts'
import { type ChunkInFlight, measureChunk } from './chunk-in-flight.ts'
import type { Execution } from './execution.ts'
import type { Service } from './service.ts'

// A result is left as a row only where contexts are quick and come by many: else a post of its own is sooner heard.
const LEAST_ROWS = 4
const ROW_COST_MS = 0.05

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
  /** How much of that went into loading its service, which no limit of its own counts; whether it has been logged. */
  loadingMs = 0
  warned = false
  /** Messages of the lane that could not be read, and that no context has been found missing for. */
  unreadable = 0
  /** The request that ended last. */
  lastRequestId: string | undefined
  /** The error that nobody awaited and that ends the lane, once it has said so. */
  orphan: { readonly sequence: number | undefined; readonly error: Error } | undefined
  readonly #inFlight = new Fifo<Execution>()
  readonly #chunks = new Fifo<ChunkInFlight>()
  #first = 1
  #idleSince = 0
  #interrupted: number | undefined

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

  /** Whether results of what is in flight may come as rows. */
  get expectsRows(): boolean {
    return this.#chunks.at(0)?.asRows === true || this.#chunks.at(1)?.asRows === true
  }

  /** The sequence of the context whose outcome comes next. */
  get head(): number {
    return this.#first
  }

  get chunksInFlight(): number {
    return this.#chunks.length
  }

  get room(): number {
    return MAX_IN_FLIGHT - this.#inFlight.length
  }

  /** How long the lane is estimated to be busy with what is in flight. */
  get pendingMs(): number {
    return this.#chunks.items().reduce((sum, chunk) => sum + chunk.left * (chunk.service.costMs ?? Infinity), 0)
  }

  /** Sends contexts of one service; returns how many could be sent, and why not all. */
  send(
    service: Service,
    executions: readonly Execution[],
    now: number,
    putAt?: number,
  ): { sent: number; error?: unknown } {
    const lane = this.lane!
    const first = (this.#first + this.#inFlight.length) | 0
    const contexts: RoutedContext[] = []
    for (let index = 0; index < executions.length; index++) {
      lane.marks.clear((first + index) | 0, executions[index]!.attempts?.made)
      contexts.push(executions[index]!.context)
    }
    const asRows = executions.length >= LEAST_ROWS && (service.costMs ?? Infinity) < ROW_COST_MS
    const sending = lane.send(service.plan.index, first, contexts, asRows, executions[0]?.transfers)
    if (sending.sent === 0) return sending
    if (this.#inFlight.length === 0) {
      lane.hold(true)
      this.#idleSince = now
    }
    for (let index = 0; index < sending.sent; index++) {
      const execution = executions[index]!
      execution.phase = 'in_flight'
      execution.holder = this
      execution.sequence = (first + index) | 0
      this.#inFlight.push(execution)
    }
    this.#chunks.push({ service, size: sending.sent, sentAt: now, putAt, left: sending.sent, asRows })
    service.meter.sent(sending.sent)
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

  /** The context that runs, by the mark. */
  get running(): Execution | undefined {
    return this.lane && this.owned(this.lane.marks.started())
  }

  /** How long the first chunk in flight has been in hand, while a context of it runs; 0 otherwise. */
  runsFor(now: number): number {
    const chunk = this.#chunks.at(0)
    return chunk && this.running ? now - Math.max(chunk.sentAt, this.#idleSince) : 0
  }

  /** Hands the results that lie ready as rows to `each`, with the execution that still awaits it, in order. */
  takeRows(now: number, each: (execution: Execution | undefined, value: unknown) => void): number {
    const waiting = this.#inFlight.length
    if (waiting === 0 || !this.lane) return 0
    return this.lane.readRows(this.#first, waiting, (value) => each(this.#takeHead(now), value))
  }

  /**
   * Takes the outcome of the context at the head out of flight. `known` is false for a sequence that is not the head's:
   * nothing a lane says in good faith. `execution` is absent where nobody waits for the outcome any more.
   */
  finish(sequence: number, now: number): { readonly known: boolean; readonly execution?: Execution } {
    const isHead = sequence === this.#first && this.#inFlight.length > 0
    // A component may post in its lane's name, but nobody has an outcome before it has started.
    if (!isHead || ((this.lane!.marks.started() - sequence) | 0) < 0) return { known: false }
    const execution = this.#takeHead(now)
    return execution ? { known: true, execution } : { known: true }
  }

  #takeHead(now: number): Execution | undefined {
    const head = this.#inFlight.shift()
    const execution = this.#owns(head, 0) ? head : undefined
    this.lastRequestId = head?.requestId
    this.#first = (this.#first + 1) | 0
    const chunk = this.#chunks.at(0)
    if (chunk && --chunk.left === 0) this.#chunkDone(chunk, now)
    if (this.#interrupted === ((this.#first - 1) | 0)) this.#resume()
    return execution
  }

  /**
   * Asks the context that runs to end by `killAt`; the seat takes nothing new until it has, or its thread is gone. One
   * that the mark has left behind has ended already: its outcome is on its way.
   */
  interrupt(execution: Execution, killAt: number): void {
    if (this.lane?.marks.started() !== execution.sequence) return
    this.#interrupted = execution.sequence
    this.suspended = true
    this.killAt = killAt
    this.lane.abort(execution.sequence)
  }

  /** Whether the interrupted context still runs although its grace is over. */
  isOverdue(now: number): boolean {
    return now >= this.killAt && this.lane?.marks.started() === this.#interrupted
  }

  #resume(): void {
    this.#interrupted = undefined
    this.suspended = false
    this.killAt = Infinity
  }

  #chunkDone(chunk: ChunkInFlight, now: number): void {
    this.#chunks.shift()
    measureChunk(chunk, this.#idleSince, now)
    this.#idleSince = now
    if (this.#inFlight.length === 0) this.lane?.hold(false)
  }

  /** A service has been loaded for a context: the time that took is not its chunk's. */
  loadEnded(now: number): void {
    this.#idleSince = now
  }

  /** Reads the mark; restarts the running context's time when it has moved. */
  sample(now: number): void {
    const started = this.lane?.marks.started() ?? 0
    if (started === this.markSeen) return
    this.markSeen = started
    this.markSince = now
    this.loadingMs = 0
    this.warned = false
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
      // What has handed over its buffers cannot be sent again.
      if (!this.#owns(execution, offset) || execution.transfers) continue
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
}

/** Whether a context in flight on a lane has started, by the lane's mark. */
export function hasStarted(lane: Lane, execution: Execution): boolean {
  return ((lane.marks.started() - execution.sequence) | 0) >= 0
}
