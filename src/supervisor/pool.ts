import type { FromLane, LoadedMessage } from '../contract/messages.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { LaneSetup, PoolPlan } from '../contract/plan.ts'
import type { PoolStats } from '../contract/report.ts'
import type { Engine, LaneEnd } from '../engine/engine.ts'
import type { Mailbox } from '../kernel/mailbox.ts'
import { LOADING } from '../kernel/stage.ts'
import { fromWireError } from '../kernel/wire-error.ts'
import { Dispatcher } from './dispatcher.ts'
import type { Execution } from './execution.ts'
import {
  type EndCode,
  crashed,
  endedBeforeStart,
  endedWhileRunning,
  neverLoaded,
  unavailable,
} from './execution-errors.ts'
import { type OutcomeMessage, isSkip, outcomeOf } from './lane-outcome.ts'
import type { LaneVoice } from './lane-voice.ts'
import { LOAD_GRACE_MS, judgeRun } from './run-limit.ts'
import { type CrashHistory, recordCrash } from './restart-budget.ts'
import type { Seat } from './seat.ts'
import { Seats } from './seats.ts'
import type { Service } from './service.ts'

/** What a pool needs of the supervisor around it. */
export interface PoolHost {
  readonly engine: Engine
  readonly services: readonly Service[]
  readonly voice: LaneVoice
  setup(worker: number, preload: readonly number[]): LaneSetup
  /** A service took down too many workers. */
  quarantine(service: Service): void
  /** The probe of a quarantined service ended. */
  probed(service: Service, ended: 'ran' | 'crashed' | 'never ran'): void
}

/** A named set of workers: keeps its lanes open, and settles what they run. A bulkhead between services. */
export class Pool {
  readonly plan: PoolPlan
  readonly #host: PoolHost
  readonly #dispatcher: Dispatcher
  readonly #seats: Seats
  #crashes: CrashHistory = []

  constructor(plan: PoolPlan, host: PoolHost) {
    this.plan = plan
    this.#host = host
    const own = host.services.filter((service) => service.plan.pool === plan.name)
    const preload = own.filter((service) => service.plan.preload).map((service) => service.plan.index)
    this.#seats = new Seats(host.engine, (worker) => host.setup(worker, preload), {
      opened: (seat, isRestart) => {
        host.voice.started(plan.name, seat.worker, seat.lane!.threadId, isRestart)
        this.#dispatcher.dispatchSoon()
      },
      message: (seat, message) => this.#hear(seat, message),
      noise: () => host.voice.late(),
      gone: (seat, end) => this.#gone(seat, end),
      openFailed: (worker, error, isLast) => this.#openFailed(worker, error, isLast),
    })
    this.#dispatcher = new Dispatcher(own, this.#seats.taken)
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

  waiting(service: Service): number {
    return this.#dispatcher.waiting(service)
  }

  /** Puts an accepted execution, whose place in the mailbox is reserved, in line. */
  enqueue(execution: Execution): void {
    this.#dispatcher.enqueue(execution)
  }

  /**
   * Ends an execution that is waiting or in flight, for a reason of the supervisor's or the caller's. One that runs is
   * settled now, asked to end, and its thread is killed if it does not in its grace time.
   */
  withdraw(execution: Execution, code: EndCode, why: string, now: number): void {
    const seat = execution.holder as Seat
    if (execution.phase === 'waiting') this.#dispatcher.withdraw(execution)
    else if (execution.phase !== 'in_flight') return
    else if (!seat.flag(execution)) {
      const outcome = endedWhileRunning(execution, code, why, execution.laneStageName(seat.lane!.marks.stage()))
      this.#interrupt(seat, execution, now + execution.service.plan.graceMs)
      this.#end(execution, 'ran', outcome)
      return
    }
    this.#end(execution, 'never ran', endedBeforeStart(execution, code, why))
  }

  /** Asks the context that runs on a seat to end; nothing else starts there until it has, or its thread is gone. */
  #interrupt(seat: Seat, execution: Execution, killAt: number): void {
    seat.suspended = true
    seat.killAt = killAt
    seat.lane?.abort(execution.sequence)
    this.#dispatcher.putBack(seat.reclaim())
  }

  /** Times what runs by the lanes' marks, and kills what outlived its grace. `true` while a grace is still running. */
  sample(now: number): boolean {
    for (const seat of this.#seats.taken) {
      if (seat.inFlight === 0 || !seat.lane) continue
      seat.sample(now)
      const { running } = seat
      if (now >= seat.killAt) this.#seats.kill(seat)
      else if (running) this.#judge(seat, running, now)
    }
    return this.#seats.taken.some((seat) => seat.killAt < Infinity)
  }

  #judge(seat: Seat, running: Execution, now: number): void {
    const { timeoutMs } = running.limits
    const elapsedMs = now - seat.markSince
    const isLoading = seat.lane!.marks.stage() === LOADING
    const { loadTimeoutMs, warnAfterMs } = running.service.plan
    if (isLoading) running.loadingMs = elapsedMs
    switch (judgeRun({ isLoading, elapsedMs, loadingMs: running.loadingMs, timeoutMs, loadTimeoutMs, warnAfterMs })) {
      case 'timed out':
        this.withdraw(running, 'TIMEOUT', `timed out after ${timeoutMs} ms`, now)
        return
      case 'never loaded':
        this.#interrupt(seat, running, now)
        this.#end(running, 'crashed', neverLoaded(running))
        return
      case 'long':
        if (!running.warned) this.#host.voice.longRun(this.plan.name, seat.worker, running, elapsedMs)
        running.warned = true
        return
      case 'carry on':
    }
  }

  get stats(): PoolStats {
    return { workers: this.#seats.taken.length, restarts: this.#seats.restarts }
  }

  running(service: Service): number {
    return this.#dispatcher.running(service)
  }

  /** Asks one lane to load a service, and resolves with what it says. */
  async load(service: Service): Promise<LoadedMessage> {
    const seat = await this.#seats.any()
    const limitMs = service.plan.loadTimeoutMs + LOAD_GRACE_MS
    // The lane keeps the limit itself, unless synchronous code holds its thread.
    const timer = setTimeout(() => this.#seats.kill(seat), limitMs)
    try {
      return await this.#host.voice.awaitLoad(seat, service)
    } finally {
      clearTimeout(timer)
    }
  }

  #hear(seat: Seat, message: FromLane): void {
    switch (message.type) {
      case 'value':
      case 'failure':
        this.#finish(seat, message)
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
        this.#host.voice.hear(this.plan.name, seat, message)
    }
  }

  #hearOrphan(seat: Seat, sequence: number | undefined, error: Error): void {
    seat.orphan = { sequence, error }
    const running = sequence === undefined ? undefined : seat.owned(sequence)
    this.#host.voice.orphan(this.plan.name, seat, running?.context.request_id ?? seat.lastRequestId, error)
  }

  #finish(seat: Seat, message: OutcomeMessage): void {
    const now = performance.now()
    const { known, execution } = seat.finish(message.sequence, now)
    // A context that was taken back says so; nobody asked for that word.
    const skipped = isSkip(message)
    if (execution && skipped) this.#dispatcher.putBack([execution])
    else if (execution) this.#end(execution, 'ran', outcomeOf(execution, message))
    else if (!known || !skipped) this.#host.voice.late()
    this.#dispatcher.dispatchSoon()
  }

  /** A lane is gone: every message it posted has been heard, so what is still in flight did not finish. */
  #gone(seat: Seat, end: LaneEnd): void {
    const { started, notStarted } = seat.vacate()
    this.#host.voice.exited(this.plan.name, seat, end)
    this.#dispatcher.putBack(notStarted)
    for (const execution of started) {
      const orphan = seat.orphan?.sequence === execution.sequence ? seat.orphan.error : undefined
      this.#end(execution, 'crashed', crashed(execution, seat.worker, end, orphan))
    }
    if (!end.drained && !seat.ending) this.#countCrash(started[0]?.service)
  }

  #countCrash(culprit: Service | undefined): void {
    const { history, exceeded } = recordCrash(this.#crashes, performance.now(), this.plan)
    this.#crashes = history
    if (exceeded && culprit) this.#host.quarantine(culprit)
  }

  /** Rejects what waits for a service that has been quarantined. */
  rejectWaiting(service: Service, why: string): void {
    for (const one of this.#dispatcher.takeWaiting(service)) this.#end(one, 'never ran', unavailable(one, why))
  }

  /** Hands over how an execution ended, and what that says of a service on probation. */
  #end(execution: Execution, ended: 'ran' | 'crashed' | 'never ran', outcome: Outcome): void {
    if (execution.isProbe) {
      execution.isProbe = false
      this.#host.probed(execution.service, ended)
    }
    execution.deliver(outcome)
  }

  /** Ends everything that waits or runs. */
  cutOff(why: string): void {
    const now = performance.now()
    for (const execution of this.#dispatcher.all()) this.withdraw(execution, 'SHUTTING_DOWN', why, now)
  }

  /** Ends every lane; returns how many threads would not end. */
  close(until: number): Promise<number> {
    return this.#seats.close(until)
  }
}
