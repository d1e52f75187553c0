import { Fifo } from '../kernel/fifo.ts'
import { Mailbox } from '../kernel/mailbox.ts'
import { chunkSize, takesChunk } from './chunk-size.ts'
import type { Execution } from './execution.ts'
import { refuse, refuseTransfers } from './refuse.ts'
import type { Seat } from './seat.ts'
import type { Service } from './service.ts'
import type { Span } from './span.ts'

const MOST_TAKEN_BACK = 16
const SLOW_MS = 5
const LEFT_BEHIND = 32

interface Queue {
  readonly service: Service
  readonly mailbox: Mailbox<Execution>
  /** Executions in the mailbox that are still wanted. */
  waiting: number
  /** Batches whose contexts go the short way; counted as waiting. */
  readonly spans: Fifo<Span>
  /** Whether the mailbox had the last turn. */
  spansNext: boolean
  /** Whether it is in line for its turn. */
  inLine: boolean
}

/** Takes from the mailboxes of one pool, in turn across services, and sends chunks to its lanes. */
export class Dispatcher {
  /** By the service's index; only those of this pool are there. */
  readonly #queues: Queue[] = []
  readonly #line = new Fifo<Queue>()
  readonly #seats: readonly Seat[]
  readonly #onRows: () => void
  /** Its turn has come, and its first context waits for an idle lane. */
  #held: Queue | undefined
  #scheduled = false

  /** @param onRows Called when contexts have been sent whose results may come as rows. */
  constructor(services: readonly Service[], seats: readonly Seat[], onRows: () => void) {
    this.#seats = seats
    this.#onRows = onRows
    for (const service of services) {
      this.#queues[service.plan.index] = {
        service,
        mailbox: new Mailbox(service.plan.mailbox, service.plan.mailboxBytes),
        waiting: 0,
        spans: new Fifo(),
        spansNext: false,
        inLine: false,
      }
    }
  }

  mailbox(service: Service): Mailbox<Execution> {
    return this.#queues[service.plan.index]!.mailbox
  }

  waiting(service: Service): number {
    return this.#queues[service.plan.index]!.waiting
  }

  running(service: Service): number {
    return this.#seats.reduce((sum, seat) => sum + seat.count(service), 0)
  }

  /** Puts an execution in line whose place in the mailbox is reserved. */
  enqueue(execution: Execution): void {
    const queue = this.#queues[execution.service.plan.index]!
    execution.phase = 'waiting'
    execution.holdsPlace = false
    queue.mailbox.put(execution)
    queue.waiting++
    this.#join(queue)
    this.dispatchSoon()
  }

  /** Puts in line what `span` has waiting, `count` of it new. */
  enqueueSpan(span: Span, count: number): void {
    const queue = this.#queues[span.service.plan.index]!
    // Where it had some waiting before, it is in the list.
    if (span.waiting === count) queue.spans.push(span)
    queue.waiting += count
    this.#join(queue)
    this.dispatchSoon()
  }

  /** Puts into the mailbox what waits the short way, so that each can be dealt with on its own. */
  #leaveShortWay(queue: Queue): void {
    for (const span of queue.spans.takeAll()) {
      const executions = span.take(span.waiting).map((index) => span.execution(index))
      for (const execution of executions) execution.phase = 'waiting'
      queue.mailbox.putBack(executions)
    }
  }

  /**
   * Takes an execution out of the mailbox. Its item there is passed over; once such items outnumber the others they are
   * let go of, so that many that come and are cancelled leave nothing behind.
   */
  withdraw(execution: Execution): void {
    const queue = this.#queues[execution.service.plan.index]!
    execution.phase = 'middleware'
    queue.waiting--
    if (queue.mailbox.length > LEFT_BEHIND + 2 * queue.waiting) queue.mailbox.retain(isWaiting)
    queue.mailbox.release(execution.bufferBytes)
  }

  /** Puts executions that were in flight and never started in front of all others, in their order. */
  putBack(executions: readonly Execution[]): void {
    for (const service of new Set(executions.map((execution) => execution.service))) {
      const own = executions.filter((execution) => execution.service === service)
      const queue = this.#queues[service.plan.index]!
      for (const execution of own) {
        execution.phase = 'waiting'
        execution.holder = undefined
      }
      queue.mailbox.putBack(own, bytesOf(own))
      queue.waiting += own.length
      this.#join(queue)
    }
    if (executions.length > 0) this.dispatchSoon()
  }

  /** Everything that waits or is in flight. */
  all(): Execution[] {
    for (const queue of this.#queues) if (queue) this.#leaveShortWay(queue)
    const inFlight = this.#seats.flatMap((seat) => seat.all())
    const waiting = this.#queues.flatMap((queue) => queue.mailbox.items())
    return [...inFlight, ...waiting.filter((execution) => execution.phase === 'waiting')]
  }

  takeWaiting(service: Service): Execution[] {
    const queue = this.#queues[service.plan.index]!
    this.#leaveShortWay(queue)
    const taken = queue.mailbox.takeAll().filter((execution) => execution.phase === 'waiting')
    for (const execution of taken) this.withdraw(execution)
    return taken
  }

  takeAll(): Execution[] {
    return this.#queues.flatMap((queue) => this.takeWaiting(queue.service))
  }

  /** Sends what can be sent, once the code that runs now has had its say: contexts of one turn leave together. */
  dispatchSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#dispatch()
    })
  }

  #join(queue: Queue): void {
    if (queue.inLine) return
    queue.inLine = true
    this.#line.push(queue)
  }

  #dispatch(): void {
    const now = performance.now()
    for (let seat = this.#freest(); seat !== undefined; seat = this.#freest()) {
      const queue = this.#next()
      if (queue === undefined) {
        if (!this.#takeBackFor(seat, now)) return
        continue
      }
      // Buffers are handed over to an idle lane alone, where nothing can come between; until there is one, nobody else
      // takes its place. The lanes are not far from idle, or would not be sent anything now.
      if (seat.inFlight > 0 && first(queue)?.transfers) {
        this.#held = queue
        return
      }
      const lanes = this.#seats.length
      const size = chunkSize({ waiting: queue.waiting, lanes, costMs: queue.service.costMs })
      const span = nextSpan(queue)
      if (span) sendSpan(queue, seat, span, Math.min(size, seat.room), now)
      else {
        const putAt = queue.mailbox.frontPutAt()
        const executions = take(queue, Math.min(size, seat.room))
        if (executions.length > 0) send(seat, queue.service, executions, now, putAt)
      }
      if (seat.expectsRows) this.#onRows()
    }
  }

  /** The service whose turn it is among those for which contexts wait. */
  #next(): Queue | undefined {
    const held = this.#held
    this.#held = undefined
    if (held && held.waiting > 0) return held
    for (let queue = this.#line.shift(); queue !== undefined; queue = this.#line.shift()) {
      queue.inLine = queue.waiting > 0
      if (!queue.inLine) continue
      this.#line.push(queue)
      return queue
    }
    return undefined
  }

  /** The seat that is to be sent to next, if any takes a chunk. */
  #freest(): Seat | undefined {
    let best: Seat | undefined
    for (const seat of this.#seats) {
      if (!seat.takesMore || (best && !isFreer(seat, best))) continue
      best = seat
    }
    return best && takesChunk(best.chunksInFlight, best.pendingMs) && best.room > 0 ? best : undefined
  }

  /**
   * Takes back, for a lane that is idle while nothing waits, what waits on another lane behind a context that has been
   * running for a while: what would start soon stays, or two idle lanes would take it from one another for ever. Few
   * contexts at a time: each that is taken back costs its lane a word.
   */
  #takeBackFor(idle: Seat, now: number): boolean {
    if (idle.inFlight > 0) return false
    const crowded = this.#seats.find(
      (seat) => seat.takesMore && seat.inFlight <= MOST_TAKEN_BACK && seat.runsFor(now) >= SLOW_MS,
    )
    const taken = crowded?.reclaim() ?? []
    this.putBack(taken)
    return taken.length > 0
  }
}

function isWaiting(execution: Execution): boolean {
  return execution.phase === 'waiting'
}

function isFreer(one: Seat, other: Seat): boolean {
  return one.chunksInFlight === other.chunksInFlight
    ? one.inFlight < other.inFlight
    : one.chunksInFlight < other.chunksInFlight
}

function bytesOf(executions: readonly Execution[]): number {
  return executions.reduce((sum, { bufferBytes }) => sum + bufferBytes, 0)
}

/** The first execution that is still wanted; those in front of it are passed over. */
function first(queue: Queue): Execution | undefined {
  let execution = queue.mailbox.first
  while (execution && execution.phase !== 'waiting') {
    queue.mailbox.take()
    execution = queue.mailbox.first
  }
  return execution
}

/** The span whose turn it is, if it is one's: by turns with the mailbox where that has contexts too. */
function nextSpan(queue: Queue): Span | undefined {
  const span = queue.spans.at(0)
  const isTurn = span !== undefined && (queue.spansNext || queue.mailbox.length === 0)
  queue.spansNext = !isTurn
  return isTurn ? span : undefined
}

/** Sends contexts the short way. What cannot be sent with the others is sent as an execution of its own. */
function sendSpan(queue: Queue, seat: Seat, span: Span, count: number, now: number): void {
  const indexes = span.take(count)
  queue.waiting -= indexes.length
  // The next batch comes first the next time.
  queue.spans.shift()
  if (span.waiting > 0) queue.spans.push(span)
  const { sent } = seat.sendSpan(span, indexes, now)
  for (const index of indexes.slice(sent)) send(seat, span.service, [span.execution(index)], now, undefined)
}

/** Takes what leaves together: a context that hands over buffers goes alone. */
function take(queue: Queue, count: number): Execution[] {
  const taken: Execution[] = []
  for (let execution = first(queue); execution && taken.length < count; execution = first(queue)) {
    if (execution.transfers && taken.length > 0) break
    queue.mailbox.take()
    queue.waiting--
    queue.mailbox.release(execution.bufferBytes)
    taken.push(execution)
    if (execution.transfers) break
  }
  return taken
}

/** Sends executions; one that cannot be cloned fails alone. */
function send(
  seat: Seat,
  service: Service,
  executions: readonly Execution[],
  now: number,
  putAt: number | undefined,
): void {
  if (refuseTransfers(executions[0]!)) return
  const { sent, error } = seat.send(service, executions, now, putAt)
  const rest = executions.slice(sent)
  if (rest.length === 0) return
  if (executions.length === 1) refuse(rest[0]!, error)
  else for (const execution of rest) send(seat, service, [execution], now, putAt)
}
