import type { FromLane, LoadedMessage } from '../contract/messages.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { PoolPlan } from '../contract/plan.ts'
import type { Occupancy, PoolStats } from '../contract/report.ts'
import type { LaneEnd } from '../engine/engine.ts'
import type { Mailbox } from '../kernel/mailbox.ts'
import { fromWireError } from '../kernel/wire-error.ts'
import { Arrivals } from './arrivals.ts'
import { Attempts } from './attempts.ts'
import { Dispatcher } from './dispatcher.ts'
import type { Execution } from './execution.ts'
import { type EndCode, crashed, handedOver, unavailable } from './execution-errors.ts'
import { type Ended, Interruptions } from './interruptions.ts'
import { loadService } from './load-service.ts'
import type { PoolHost } from './pool-host.ts'
import { noteTurn } from './note-turn.ts'
import { remainsOf } from './remains.ts'
import { Recycler } from './recycler.ts'
import { RowWatch } from './row-watch.ts'
import { type CrashHistory, recordCrash } from './restart-budget.ts'
import type { Seat } from './seat.ts'
import { Seats } from './seats.ts'
import type { Service } from './service.ts'
import type { Share } from './shares.ts'
import type { Span } from './span.ts'

/** A named set of workers: keeps its lanes open, and settles what they run. A bulkhead between services. */
export class Pool {
  readonly plan: PoolPlan
  readonly #host: PoolHost
  readonly #dispatcher: Dispatcher
  readonly #seats: Seats
  readonly #rows: RowWatch
  readonly #arrivals: Arrivals
  readonly #interruptions: Interruptions
  readonly #recycler: Recycler | undefined
  readonly #attempts: Attempts
  #crashes: CrashHistory = []

  constructor(plan: PoolPlan, host: PoolHost) {
    this.plan = plan
    this.#host = host
    const own = host.services.filter((service) => service.plan.pool === plan.name)
    const preload = own.filter((service) => service.plan.preload).map((service) => service.plan.index)
    this.#seats = new Seats(host.engine, (worker) => host.setup(worker, preload), {
      opened: (seat, why) => {
        this.#recycler?.opened(seat)
        for (const { name, value } of host.shares.all) seat.lane!.share(name, value)
        host.voice.started(plan.name, seat.worker, seat.lane!.threadId, why)
        this.#dispatcher.dispatchSoon()
      },
      message: (seat, message) => this.#hear(seat, message),
      noise: () => host.voice.late(),
      gone: (seat, end) => this.#gone(seat, end),
      openFailed: (worker, error, isLast) => this.#openFailed(worker, error, isLast),
      undisposed: (seat) => host.voice.undisposed(plan.name, seat.worker),
    })
    this.#arrivals = new Arrivals({
      ended: (execution, outcome) => this.#end(execution, 'ran', outcome),
      late: () => host.voice.late(),
      putBack: (execution) => this.#dispatcher.putBack([execution]),
      dispatch: () => {
        this.#recycler?.look(performance.now())
        this.#attempts.look()
        this.#dispatcher.dispatchSoon()
      },
    })
    const recycles = plan.recycleAfter !== undefined || plan.recycleAtMb !== undefined
    this.#recycler = recycles ? new Recycler(this.#seats, plan) : undefined
    this.#rows = new RowWatch(() => this.#collectAll())
    this.#dispatcher = new Dispatcher(own, this.#seats.taken, plan.workers, {
      expectsRows: () => this.#rows.start(),
      collect: (seat) => this.#arrivals.collect(seat),
    })
    this.#attempts = new Attempts(this.#dispatcher, plan.engine !== 'inline')
    this.#interruptions = new Interruptions(this.#seats, this.#dispatcher, {
      collect: (seat) => this.#arrivals.collect(seat),
      end: (execution, ended, outcome) => this.#end(execution, ended, outcome),
      longRun: (seat, execution, ms) => host.voice.longRun(plan.name, seat.worker, execution, ms),
      silent: (seat) => host.voice.silent(plan.name, seat.worker),
    })
  }

  /** Opens every lane; if one cannot be opened the pool is of no use. */
  start(): Promise<void> {
    return this.#seats.start(this.plan.workers)
  }

  #openFailed(worker: number, error: unknown, isLast: boolean): void {
    this.#host.voice.openFailed(this.plan.name, worker, error)
    if (!isLast) return
    // Nothing can run here for now: waiting for it would be a hang.
    const why = `Pool ${this.plan.name} cannot start a worker`
    for (const one of this.#dispatcher.takeAll()) this.#end(one, 'never ran', unavailable(one, why, error))
  }

  mailbox(service: Service): Mailbox<Execution> {
    return this.#dispatcher.mailbox(service)
  }

  occupancyOf(service: Service): Occupancy {
    const waiting = this.#dispatcher.waiting(service) + this.#attempts.waiting(service)
    return { waiting, running: this.#dispatcher.running(service), live: 0 }
  }

  /** Puts an accepted execution, whose place in the mailbox is reserved, in line. */
  enqueue(execution: Execution): void {
    this.#dispatcher.enqueue(execution)
  }

  /** Puts in line what a span has waiting, `count` of it new. */
  enqueueSpan(span: Span, count: number): void {
    this.#dispatcher.enqueueSpan(span, count)
  }

  /** Ends an execution that is waiting or in flight; see `Interruptions.withdraw`. */
  withdraw(execution: Execution, code: EndCode, why: string, now: number, cause?: unknown): void {
    if (execution.phase === 'between_attempts') this.#attempts.withdraw(execution, code, why, cause)
    else this.#interruptions.withdraw(execution, code, why, now, cause)
  }

  /** Looks at what runs; see `Interruptions.sample`. */
  sample(now: number): boolean {
    this.#recycler?.look(now)
    this.#attempts.sample(now)
    // A lane that is idle may take what waits behind a long context on another.
    this.#dispatcher.dispatchSoon()
    return this.#interruptions.sample(now)
  }

  get stats(): PoolStats {
    const { taken, restarts, recycled, zombies } = this.#seats
    return { workers: taken.length, restarts, recycled, zombies }
  }

  /** Asks one lane to load a service, and resolves with what it says. */
  load(service: Service): Promise<LoadedMessage> {
    return loadService(this.#seats, this.#host.voice, service)
  }

  #hear(seat: Seat, message: FromLane): void {
    switch (message.type) {
      case 'value':
      case 'failure':
        this.#arrivals.outcome(seat, message)
        return
      case 'skipped':
        seat.tenure.used--
        this.#arrivals.skipped(seat, message)
        return
      case 'pong':
        this.#arrivals.unreadable(seat, message.finished)
        // What is left was no outcome; a lane posts nothing else of the kind but log records.
        this.#host.voice.unreadableRecords(seat)
        if (message.awaits !== undefined) this.#interruptions.answered(seat, message.awaits, performance.now())
        return
      case 'rows':
        this.#arrivals.collect(seat)
        this.#host.services[message.service]?.ran(message.ran, message.ms)
        return
      case 'progress': {
        const { fraction, note } = message
        seat.owned(message.sequence)?.onProgress?.({ fraction, note })
        return
      }
      case 'orphan':
        this.#hearOrphan(seat, message.sequence, fromWireError(message.error))
        return
      default:
        if (message.type === 'loaded' && !message.asked) seat.loadEnded(performance.now())
        this.#host.voice.hear(this.plan.name, seat, message)
    }
  }

  #hearOrphan(seat: Seat, sequence: number | undefined, error: Error): void {
    seat.orphan = { sequence, error }
    const running = sequence === undefined ? undefined : seat.owned(sequence)
    this.#host.voice.orphan(this.plan.name, seat, running?.requestId ?? seat.lastRequestId, error)
  }

  #collectAll(): boolean {
    for (const seat of this.#seats.taken) this.#arrivals.collect(seat)
    // A lane that has fallen idle may take what waits behind a context that turns out to be a slow one.
    if (this.#seats.taken.some((seat) => seat.inFlight === 0)) this.#dispatcher.dispatchSoon()
    return this.#seats.taken.some((seat) => seat.expectsRows)
  }

  /** A lane is gone: every message it posted has been heard, so what is still in flight did not finish. */
  #gone(seat: Seat, end: LaneEnd): void {
    this.#arrivals.collect(seat)
    const { started, notStarted } = remainsOf(seat)
    this.#host.voice.exited(this.plan.name, seat, end)
    this.#dispatcher.putBack(notStarted.filter(({ transfers }) => !transfers))
    for (const one of notStarted) if (one.transfers) this.#end(one, 'never ran', handedOver(one, seat.worker))
    for (const execution of started) {
      noteTurn(seat, execution)
      const orphan = seat.orphan?.sequence === execution.sequence ? seat.orphan.error : undefined
      this.#end(execution, 'crashed', crashed(execution, seat.worker, end, orphan))
    }
    const culprit = end.culprit === undefined ? started[0]?.service : this.#host.services[end.culprit]
    if (!end.drained && !seat.ending) this.#countCrash(culprit)
    this.#recycler?.look(performance.now())
    this.#attempts.gone(seat)
  }

  /** Lets every lane have a value; one that is opened later is given it then. */
  share({ name, value }: Share): void {
    for (const seat of this.#seats.taken) seat.lane?.share(name, value)
  }

  #countCrash(culprit: Service | undefined): void {
    if (culprit) culprit.suspect = true
    const { history, exceeded } = recordCrash(this.#crashes, performance.now(), this.plan)
    this.#crashes = history
    if (exceeded && culprit) this.#host.quarantine(culprit)
  }

  /** Rejects what waits for a service that is not to run for now; `reject` makes the outcome of each. */
  rejectWaiting(service: Service, why: string, reject = unavailable): void {
    for (const one of this.#dispatcher.takeWaiting(service)) this.#end(one, 'never ran', reject(one, why))
  }

  /** Hands over how an execution ended, and what that says of a service on probation. */
  #end(execution: Execution, ended: Ended, outcome: Outcome): void {
    if (execution.isProbe) {
      execution.isProbe = false
      this.#host.probed(execution.service, ended)
    }
    const { plan, circuit } = execution.service
    // A slice of an experiment is its runner's to try again, and its runs fail within it.
    if ((plan.retry || circuit) && execution.turn === undefined) this.#attempts.ended(execution, ended, outcome)
    else execution.deliver(outcome)
  }

  /** Ends everything that waits or runs. */
  cutOff(why: string): void {
    const now = performance.now()
    for (const execution of [...this.#dispatcher.all(), ...this.#attempts.all()])
      this.withdraw(execution, 'SHUTTING_DOWN', why, now)
  }

  /** Ends every lane; returns how many threads would not end. */
  close(until: number): Promise<number> {
    return this.#seats.close(until)
  }
}
