import type { RoutedContext } from '../contract/context.ts'
import { MAX_IN_FLIGHT } from '../kernel/lane-marks.ts'
import type { Lane, Sending } from '../engine/engine.ts'
import { ChunkInFlight, measureChunk } from './chunk-in-flight.ts'
import type { Execution } from './execution.ts'
import { InFlight } from './in-flight.ts'
import { ReadyValues } from './ready-values.ts'
import { requestIdOf } from './request-ids.ts'
import { RunClock } from './run-clock.ts'
import { hasStarted } from './has-started.ts'
import type { Service } from './service.ts'
import type { Span } from './span.ts'
import { Tenure } from './tenure.ts'

/**
 * A lane's place in its pool and the contexts in flight on it, in the order in which it will run them. The twin on the
 * other side, which moves the mark, is `worker/lane-loop.ts`.
 */
export class Seat {
  readonly worker: number
  lane: Lane | undefined
  readonly tenure = new Tenure()
  /** Takes nothing new: a context outlived its limit there, and the lane may have to be killed. */
  suspended = false
  killAt = Infinity
  /** Whether this pool asked for the lane's end, so that it counts as no crash. */
  ending = false
  readonly clock = new RunClock()
  /** Messages of the lane that could not be read, and that no context has been found missing for. */
  unreadable = 0
  /** The error that nobody awaited and that ends the lane, once it has said so. */
  orphan: { readonly sequence: number | undefined; readonly error: Error } | undefined
  readonly #inFlight = new InFlight(this)
  readonly #values = new ReadyValues()
  #last: RoutedContext | undefined
  #idleSince = 0
  #interrupted: number | undefined

  constructor(worker: number) {
    this.worker = worker
  }

  /** Whether contexts may be sent to it now. */
  get takesMore(): boolean {
    return this.lane !== undefined && !this.suspended && !this.ending && !this.tenure.isOver
  }

  get inFlight(): number {
    return this.#inFlight.length
  }

  /** Whether results of what is in flight may come as rows. */
  get expectsRows(): boolean {
    return this.#inFlight.expectsRows
  }

  /** The sequence of the context whose outcome comes next. */
  get head(): number {
    return this.#inFlight.head
  }

  get chunksInFlight(): number {
    return this.#inFlight.chunkCount
  }

  get room(): number {
    return Math.min(MAX_IN_FLIGHT - this.#inFlight.length, this.tenure.left)
  }

  /** How long the lane is estimated to be busy with what is in flight. */
  get pendingMs(): number {
    return this.#inFlight.pendingMs
  }

  /** Sends contexts of one service; returns how many could be sent, and why not all. */
  send(service: Service, executions: readonly Execution[], now: number, putAt?: number): Sending {
    const contexts = executions.map((execution) => execution.context)
    const sending = this.#send(service, contexts, now, executions)
    const { sent: size } = sending
    if (size === 0) return sending
    const asRows = service.leavesRows
    this.#inFlight.push(new ChunkInFlight({ service, size, sentAt: now, putAt, asRows, executions }))
    return sending
  }

  /** Sends contexts that go the short way, by their indexes in their span. */
  sendSpan(span: Span, indexes: readonly number[], now: number, putAt?: number): Sending {
    const { service } = span
    const contexts = indexes.map((index) => span.context(index))
    const sending = this.#send(service, contexts, now)
    const { sent: size } = sending
    if (size === 0) return sending
    const asRows = service.leavesRows
    this.#inFlight.push(new ChunkInFlight({ service, size, sentAt: now, putAt, asRows, span, indexes }))
    return sending
  }

  #send(service: Service, contexts: readonly RoutedContext[], now: number, executions?: readonly Execution[]): Sending {
    const lane = this.lane!
    const first = this.#inFlight.next
    for (let index = 0; index < contexts.length; index++)
      lane.marks.clear((first + index) | 0, executions?.[index]?.attempts?.made)
    const sending = lane.send(service.plan.index, first, contexts, service.leavesRows, executions?.[0]?.transfers)
    if (sending.sent > 0) {
      if (this.#inFlight.length === 0) {
        lane.hold(true)
        this.#idleSince = now
      }
      service.meter.sent(sending.sent)
      this.tenure.used += sending.sent
    }
    return sending
  }

  /** The context with this sequence, where it is still awaited. */
  owned(sequence: number): Execution | undefined {
    return this.#inFlight.at((sequence - this.#inFlight.head) | 0)
  }

  /** The contexts in flight that are still this lane's to run. */
  all(): Execution[] {
    return this.#inFlight.all()
  }

  /** The request that ended last. */
  get lastRequestId(): string | undefined {
    return this.#last && requestIdOf(this.#last)
  }

  /** How many contexts of a service are in flight. */
  count(service: Service): number {
    return this.#inFlight.count(service)
  }

  /** The context that runs, by the mark. */
  get running(): Execution | undefined {
    return this.lane && this.owned(this.lane.marks.started())
  }

  /** How long the first chunk in flight has been in hand, while a context of it runs; 0 otherwise. */
  runsFor(now: number): number {
    const chunk = this.#inFlight.headChunk
    return chunk && this.running ? now - Math.max(chunk.sentAt, this.#idleSince) : 0
  }

  /**
   * Takes the results that lie ready as rows, in order: hands each to `each` with the execution that still awaits it,
   * but for those that went the short way, which are settled.
   */
  takeRows(now: number, each: (execution: Execution | undefined, value: unknown) => void): number {
    const inFlight = this.#inFlight
    let taken = 0
    while (this.#values.look(this.lane, inFlight.head, inFlight.length)) {
      const chunk = inFlight.headChunk!
      if (chunk.isBare) {
        const { span, indexes, place } = chunk
        const values = this.#values.takeMany(chunk.left)
        taken += values.length
        this.#pass(values.length, span!.context(indexes[place + values.length - 1]!), now)
        span!.succeed(indexes, place, values)
        continue
      }
      const value = this.#values.take()
      const execution = inFlight.at(0)
      taken++
      this.#pass(1, execution?.context, now)
      each(execution, value)
    }
    return taken
  }

  /**
   * Takes the outcome of the context at the head out of flight. `known` is false for a sequence that is not the head's:
   * nothing a lane says in good faith. `execution` is absent where nobody waits for the outcome any more.
   */
  finish(sequence: number, now: number): { readonly known: boolean; readonly execution?: Execution } {
    const inFlight = this.#inFlight
    const isHead = sequence === inFlight.head && inFlight.length > 0
    // A component may post in its lane's name, but nobody has an outcome before it has started.
    if (!isHead || ((this.lane!.marks.started() - sequence) | 0) < 0) return { known: false }
    const execution = inFlight.at(0)
    this.#pass(1, execution?.context, now)
    return execution ? { known: true, execution } : { known: true }
  }

  /** Takes contexts of one chunk out of flight, of which `last` is the last. */
  #pass(count: number, last: RoutedContext | undefined, now: number): void {
    this.#last = last
    const done = this.#inFlight.pass(count)
    if (done) this.#chunkDone(done, now)
    if (this.#interrupted === ((this.#inFlight.head - 1) | 0)) this.#resume()
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

  /** Whether this execution, and not another that came after it, was interrupted here and has not ended. */
  isAskedToEnd({ sequence }: Execution): boolean {
    return this.#interrupted === sequence
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
    measureChunk(chunk, this.#idleSince, now)
    this.#idleSince = now
    if (this.#inFlight.length === 0) this.lane?.hold(false)
  }

  /** A service has been loaded for a context: the time that took is not its chunk's. */
  loadEnded(now: number): void {
    this.#idleSince = now
  }

  /** Reads the mark, for the time that the running context takes. */
  sample(now: number): void {
    const marks = this.lane?.marks
    this.clock.read(marks?.started() ?? 0, marks?.turnNow() ?? 0, now)
  }

  /** Flags one context. `false` where it had started already: it then runs, and sees the flag. */
  flag(execution: Execution): boolean {
    this.lane!.marks.cancel(execution.sequence)
    return !hasStarted(this.lane!, execution)
  }
}
