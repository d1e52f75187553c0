import { Fifo } from '../kernel/fifo.ts'
import type { Mailbox } from '../kernel/mailbox.ts'
import { chunkSize, takesChunk } from './chunk-size.ts'
import type { Execution } from './execution.ts'
import { QuickReply } from './quick-reply.ts'
import { refuse, refuseTransfers } from './refuse.ts'
import { reclaim } from './reclaim.ts'
import type { Seat } from './seat.ts'
import type { Service } from './service.ts'
import { ServiceQueue } from './service-queue.ts'
import type { Span } from './span.ts'
import { mayTry } from './suspicion.ts'

const MOST_TAKEN_BACK = 16
// As long as a chunk is meant to take: what waits behind a longer one may start sooner elsewhere.
const SLOW_MS = 2

/** What a dispatcher tells its pool. */
export interface DispatcherListener {
  /** Contexts have been sent whose results may come as rows. */
  expectsRows(): void
  /** A seat's results may lie ready. */
  collect(seat: Seat): void
}

/** Takes from the mailboxes of one pool, in turn across services, and sends chunks to its lanes. */
export class Dispatcher {
  /** By the service's index; only those of this pool are there. */
  readonly #queues: ServiceQueue[] = []
  readonly #line = new Fifo<ServiceQueue>()
  readonly #seats: readonly Seat[]
  readonly #workers: number
  readonly #listener: DispatcherListener
  readonly #quickReply = new QuickReply()
  /** Its turn has come, and its first context waits for an idle lane. */
  #held: ServiceQueue | undefined
  #scheduled = false
  readonly #dispatchNow = (): void => {
    this.#scheduled = false
    this.#dispatch()
  }

  /** @param workers How many seats there are when all lanes are up. */
  constructor(services: readonly Service[], seats: readonly Seat[], workers: number, listener: DispatcherListener) {
    this.#workers = workers
    this.#seats = seats
    this.#listener = listener
    for (const service of services) this.#queues[service.plan.index] = new ServiceQueue(service)
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
    queue.put(execution)
    this.#join(queue)
    this.dispatchSoon()
  }

  /** Puts in line what `span` has waiting, `count` of it new. */
  enqueueSpan(span: Span, count: number): void {
    const queue = this.#queues[span.service.plan.index]!
    queue.putSpan(span, count)
    this.#join(queue)
    this.dispatchSoon()
  }

  /** Takes an execution out of the mailbox. */
  withdraw(execution: Execution): void {
    this.#queues[execution.service.plan.index]!.withdraw(execution)
  }

  /** Puts executions that were in flight and never started in front of all others, in their order. */
  putBack(executions: readonly Execution[]): void {
    for (const service of new Set(executions.map((execution) => execution.service))) {
      const own = executions.filter((execution) => execution.service === service)
      const queue = this.#queues[service.plan.index]!
      queue.putBack(own)
      this.#join(queue)
    }
    if (executions.length > 0) this.dispatchSoon()
  }

  /** Everything that waits or is in flight. */
  all(): Execution[] {
    return [...this.#seats.flatMap((seat) => seat.all()), ...this.#queues.flatMap((queue) => queue.executions())]
  }

  takeWaiting(service: Service): Execution[] {
    return this.#queues[service.plan.index]!.takeAll()
  }

  takeAll(): Execution[] {
    return this.#queues.flatMap((queue) => queue.takeAll())
  }

  /** Sends what can be sent, once the code that runs now has had its say: contexts of one turn leave together. */
  dispatchSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(this.#dispatchNow)
  }

  #join(queue: ServiceQueue): void {
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
      if (seat.inFlight > 0 && queue.first()?.transfers) {
        this.#held = queue
        return
      }
      const lanes = this.#seats.length
      const { costMs, suspect } = queue.service
      const size = suspect ? 1 : chunkSize({ waiting: queue.waiting, lanes, costMs })
      this.#sendTo(seat, queue, Math.min(size, seat.room), now)
      if (seat.expectsRows) this.#listener.expectsRows()
    }
  }

  #sendTo(seat: Seat, queue: ServiceQueue, count: number, now: number): void {
    const span = queue.nextSpan()
    if (span) {
      const putAt = span.firstPutAt
      sendSpan(seat, span, queue.takeOfSpan(span, count), now, putAt)
      return
    }
    const putAt = queue.mailbox.frontPutAt()
    const executions = queue.take(count)
    const isQuick = executions.length === 1 && this.#isAlone(queue) && this.#quickReply.expects(queue.service, seat)
    if (executions.length > 0) send(seat, queue.service, executions, now, putAt)
    if (!isQuick) return
    this.#quickReply.await(seat)
    this.#listener.collect(seat)
  }

  /** Whether nothing waits, and nothing is in flight. Services are let out of the line when their turn would come. */
  #isAlone(queue: ServiceQueue): boolean {
    return queue.waiting === 0 && this.#line.length <= 1 && this.#seats.every((seat) => seat.inFlight === 0)
  }

  /** The service whose turn it is among those for which contexts wait. */
  #next(): ServiceQueue | undefined {
    const held = this.#held
    this.#held = undefined
    if (held && held.waiting > 0) return held
    let passed = 0
    for (let queue = this.#line.shift(); queue !== undefined; queue = this.#line.shift()) {
      queue.inLine = queue.waiting > 0
      if (!queue.inLine) continue
      this.#line.push(queue)
      if (!queue.service.suspect || this.#mayTry(queue.service)) return queue
      if (++passed > this.#line.length) return undefined
    }
    return undefined
  }

  #mayTry(suspect: Service): boolean {
    const running = this.#seats.filter((seat) => seat.count(suspect) > 0).length
    const othersWait = this.#line.items().some(({ service, waiting }) => waiting > 0 && service !== suspect)
    return mayTry({ lanes: this.#seats.length, workers: this.#workers, running, othersWait })
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
    const taken = crowded ? reclaim(crowded) : []
    this.putBack(taken)
    return taken.length > 0
  }
}

function isFreer(one: Seat, other: Seat): boolean {
  return one.chunksInFlight === other.chunksInFlight
    ? one.inFlight < other.inFlight
    : one.chunksInFlight < other.chunksInFlight
}

/** Sends contexts the short way. What cannot be sent with the others is sent as an execution of its own. */
function sendSpan(seat: Seat, span: Span, indexes: readonly number[], now: number, putAt: number | undefined): void {
  const { sent } = seat.sendSpan(span, indexes, now, putAt)
  for (const index of indexes.slice(sent)) send(seat, span.service, [span.execution(index)], now, putAt)
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
