import { Fifo } from '../kernel/fifo.ts'
import { Mailbox } from '../kernel/mailbox.ts'
import type { Execution } from './execution.ts'
import type { Service } from './service.ts'
import type { Span } from './span.ts'

const LEFT_BEHIND = 32

/** What waits for one service: executions in its mailbox, and contexts of batches that go the short way. */
export class ServiceQueue {
  readonly service: Service
  readonly mailbox: Mailbox<Execution>
  /** Contexts of both kinds that are still wanted. */
  waiting = 0
  /** Whether it is in line for its turn. */
  inLine = false
  readonly #spans = new Fifo<Span>()
  /** Whether the mailbox had the last turn. */
  #spansNext = false

  constructor(service: Service) {
    this.service = service
    this.mailbox = new Mailbox(service.plan.mailbox, service.plan.mailboxBytes)
  }

  /** Puts an execution at the end, whose place in the mailbox is reserved. */
  put(execution: Execution): void {
    execution.phase = 'waiting'
    execution.holdsPlace = false
    this.mailbox.put(execution)
    this.waiting++
  }

  /** Puts executions in front of all others; their places are taken again. */
  putBack(executions: readonly Execution[]): void {
    for (const execution of executions) {
      execution.phase = 'waiting'
      execution.holder = undefined
    }
    this.mailbox.putBack(executions, bytesOf(executions))
    this.waiting += executions.length
  }

  /** Takes in what a span has waiting, `count` of it new. */
  putSpan(span: Span, count: number): void {
    // Where it had some waiting before, it is in the list.
    if (span.waiting === count) this.#spans.push(span)
    span.stamp(count, performance.now())
    this.waiting += count
  }

  /**
   * Takes an execution out of the mailbox. Its item there is passed over; once such items outnumber the others they are
   * let go of, so that many that come and are cancelled leave nothing behind.
   */
  withdraw(execution: Execution): void {
    execution.phase = 'middleware'
    this.waiting--
    if (this.mailbox.length > LEFT_BEHIND + 2 * this.waiting) this.mailbox.retain(isWaiting)
    this.mailbox.release(execution.bufferBytes)
  }

  /** The first execution in the mailbox that is still wanted; those in front of it are passed over. */
  first(): Execution | undefined {
    let execution = this.mailbox.first
    while (execution && execution.phase !== 'waiting') {
      this.mailbox.take()
      execution = this.mailbox.first
    }
    return execution
  }

  /** Takes executions that leave together: a context that hands over buffers goes alone. */
  take(count: number): Execution[] {
    const taken: Execution[] = []
    for (let execution = this.first(); execution && taken.length < count; execution = this.first()) {
      if (execution.transfers && taken.length > 0) break
      this.mailbox.take()
      this.waiting--
      this.mailbox.release(execution.bufferBytes)
      taken.push(execution)
      if (execution.transfers) break
    }
    return taken
  }

  /** The span whose turn it is, if it is one's: by turns with the mailbox where that has contexts too. */
  nextSpan(): Span | undefined {
    const span = this.#spans.at(0)
    const isTurn = span !== undefined && (this.#spansNext || this.mailbox.length === 0)
    this.#spansNext = !isTurn
    return isTurn ? span : undefined
  }

  /** Takes up to `count` contexts of the span whose turn it is, by their indexes; the next span comes first next time. */
  takeOfSpan(span: Span, count: number): number[] {
    const indexes = span.take(count)
    this.waiting -= indexes.length
    this.#spans.shift()
    if (span.waiting > 0) this.#spans.push(span)
    return indexes
  }

  /** The executions that wait, each to be dealt with on its own: none goes the short way any more. */
  executions(): Execution[] {
    for (const span of this.#spans.takeAll()) {
      const count = span.waiting
      this.waiting -= count
      this.putBack(span.take(count).map((index) => span.execution(index)))
    }
    return this.mailbox.items().filter(isWaiting)
  }

  /** Takes out everything that waits. */
  takeAll(): Execution[] {
    const taken = this.executions()
    this.mailbox.takeAll()
    for (const execution of taken) this.withdraw(execution)
    return taken
  }
}

function isWaiting(execution: Execution): boolean {
  return execution.phase === 'waiting'
}

function bytesOf(executions: readonly Execution[]): number {
  return executions.reduce((sum, { bufferBytes }) => sum + bufferBytes, 0)
}
