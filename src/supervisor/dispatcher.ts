import { Fifo } from '../kernel/fifo.ts'
import { Mailbox } from '../kernel/mailbox.ts'
import { findUnclonable } from '../kernel/unclonable.ts'
import { chunkSize } from './chunk-size.ts'
import type { Execution } from './execution.ts'
import type { Seat } from './seat.ts'
import type { Service } from './service.ts'

interface Queue {
  readonly service: Service
  readonly mailbox: Mailbox<Execution>
  /** Executions in the mailbox that are still wanted. */
  waiting: number
  /** Whether it is in line for its turn. */
  inLine: boolean
}

/** Takes from the mailboxes of one pool, in turn across services, and sends chunks to its lanes. */
export class Dispatcher {
  readonly #queues = new Map<Service, Queue>()
  readonly #line = new Fifo<Queue>()
  readonly #seats: readonly Seat[]
  #scheduled = false

  constructor(services: readonly Service[], seats: readonly Seat[]) {
    this.#seats = seats
    for (const service of services) {
      this.#queues.set(service, { service, mailbox: new Mailbox(service.plan.mailbox), waiting: 0, inLine: false })
    }
  }

  mailbox(service: Service): Mailbox<Execution> {
    return this.#queues.get(service)!.mailbox
  }

  waiting(service: Service): number {
    return this.#queues.get(service)!.waiting
  }

  running(service: Service): number {
    return this.#seats.reduce((sum, seat) => sum + seat.count(service), 0)
  }

  /** Puts an execution in line whose place in the mailbox is reserved. */
  enqueue(execution: Execution): void {
    const queue = this.#queues.get(execution.service)!
    execution.phase = 'waiting'
    execution.holdsPlace = false
    queue.mailbox.put(execution)
    queue.waiting++
    this.#join(queue)
    this.dispatchSoon()
  }

  /** Forgets an execution that waits; what is left of it in the mailbox is passed over. */
  withdraw(execution: Execution): void {
    const queue = this.#queues.get(execution.service)!
    execution.phase = 'middleware'
    queue.waiting--
    queue.mailbox.release()
  }

  /** Puts executions that were in flight and never started in front of all others, in their order. */
  putBack(executions: readonly Execution[]): void {
    for (const service of new Set(executions.map((execution) => execution.service))) {
      const own = executions.filter((execution) => execution.service === service)
      const queue = this.#queues.get(service)!
      for (const execution of own) {
        execution.phase = 'waiting'
        execution.holder = undefined
      }
      queue.mailbox.putBack(own)
      queue.waiting += own.length
      this.#join(queue)
    }
    if (executions.length > 0) this.dispatchSoon()
  }

  /** Everything that waits or is in flight. */
  all(): Execution[] {
    const inFlight = this.#seats.flatMap((seat) => seat.all())
    const waiting = [...this.#queues.values()].flatMap((queue) => queue.mailbox.items())
    return [...inFlight, ...waiting.filter((execution) => execution.phase === 'waiting')]
  }

  takeWaiting(service: Service): Execution[] {
    const queue = this.#queues.get(service)!
    const taken = queue.mailbox.takeAll().filter((execution) => execution.phase === 'waiting')
    for (const execution of taken) this.withdraw(execution)
    return taken
  }

  takeAll(): Execution[] {
    return [...this.#queues.keys()].flatMap((service) => this.takeWaiting(service))
  }

  /** Sends what can be sent, once the code that runs now has had its say: contexts of one turn leave together. */
  dispatchSoon(): void {
    if (this.#scheduled || this.#line.length === 0) return
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
    const seats = this.#seats.filter((seat) => seat.takesMore)
    if (seats.length === 0) return
    const now = performance.now()
    // Until every service in line has been passed over once in a row.
    for (let passed = 0; passed < this.#line.length;) {
      const queue = this.#line.shift()!
      if (queue.waiting === 0) {
        queue.inLine = false
        continue
      }
      passed = this.#sendFrom(queue, seats, now) ? 0 : passed + 1
      this.#line.push(queue)
    }
  }

  #sendFrom(queue: Queue, seats: readonly Seat[], now: number): boolean {
    const seat = seats.reduce((best, one) => (isFreer(one, best) ? one : best))
    const size = chunkSize({
      waiting: queue.waiting,
      lanes: seats.length,
      costMs: queue.service.costMs,
      chunksInFlight: seat.chunksInFlight,
      pendingMs: seat.pendingMs,
    })
    const executions = take(queue, Math.min(size, seat.room))
    if (executions.length === 0) return false
    send(seat, queue.service, executions, now)
    return true
  }
}

function isFreer(one: Seat, other: Seat): boolean {
  return one.chunksInFlight === other.chunksInFlight
    ? one.inFlight < other.inFlight
    : one.chunksInFlight < other.chunksInFlight
}

function take(queue: Queue, count: number): Execution[] {
  const taken: Execution[] = []
  while (taken.length < count) {
    const execution = queue.mailbox.take()
    if (!execution) break
    if (execution.phase !== 'waiting') continue
    queue.waiting--
    queue.mailbox.release()
    taken.push(execution)
  }
  return taken
}

/** Sends executions; one that cannot be cloned fails alone. */
function send(seat: Seat, service: Service, executions: readonly Execution[], now: number): void {
  const { sent, error } = seat.send(service, executions, now)
  const rest = executions.slice(sent)
  if (rest.length === 0) return
  if (executions.length === 1) refuse(rest[0]!, error)
  else for (const execution of rest) send(seat, service, [execution], now)
}

function refuse(execution: Execution, cause: unknown): void {
  const { path, what } = findUnclonable(execution.context, 'context')
  const id = execution.service.plan.id
  execution.phase = 'middleware'
  if (execution.context !== execution.original && clones(execution.original)) {
    const message = `Middleware of ${id} passed on a context that cannot cross a thread: ${path} is ${what}`
    const fields = { cause, outcome: 'not_started', details: { path, what } } as const
    execution.deliver({ ok: false, error: execution.error('MIDDLEWARE_ERROR', message, fields) })
    return
  }
  const message = `Context for ${id} cannot cross a thread: ${path} is ${what}; pass plain values`
  execution.deliver({
    ok: false,
    error: execution.error('INPUT_NOT_SERIALIZABLE', message, { cause, details: { path, what } }),
  })
}

function clones(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
