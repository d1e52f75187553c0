import type { Outcome } from '../contract/outcome.ts'
import { LOADING } from '../kernel/stage.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Execution } from './execution.ts'
import { type EndCode, endedBeforeStart, endedWhileRunning, neverLoaded } from './execution-errors.ts'
import { noteTurn } from './note-turn.ts'
import { PulseWatch } from './pulse-watch.ts'
import { judgeRun } from './run-limit.ts'
import { reclaim } from './reclaim.ts'
import type { Seat } from './seat.ts'
import type { Seats } from './seats.ts'

/** How an execution's time in its pool ended. */
export type Ended = 'ran' | 'crashed' | 'never ran'

/** What interruptions need of the pool around them. */
export interface InterruptionHost {
  /** Takes the results that a lane has left as rows. */
  collect(seat: Seat): void
  end(execution: Execution, ended: Ended, outcome: Outcome): void
  /** A context runs for long, and no limit was set for it. */
  longRun(seat: Seat, execution: Execution, ms: number): void
  /** A lane works no more, and is ended. */
  silent(seat: Seat): void
}

/** Ends what its limit, its caller or the shutdown wants ended: first by asking, then by killing its thread. */
export class Interruptions {
  readonly #seats: Seats
  readonly #dispatcher: Dispatcher
  readonly #host: InterruptionHost
  readonly #pulses: PulseWatch

  constructor(seats: Seats, dispatcher: Dispatcher, host: InterruptionHost) {
    this.#seats = seats
    this.#dispatcher = dispatcher
    this.#host = host
    this.#pulses = new PulseWatch((seat) => {
      host.silent(seat)
      seats.kill(seat)
    })
  }

  /**
   * Ends an execution that is waiting or in flight, for a reason of the supervisor's or the caller's. One that runs is
   * settled now, asked to end, and its thread is killed if it does not in its grace time. `cause` becomes the error's.
   */
  withdraw(execution: Execution, code: EndCode, why: string, now: number, cause?: unknown): void {
    const seat = execution.holder as Seat
    // It may have ended, and its result lie ready.
    if (execution.phase === 'in_flight') this.#host.collect(seat)
    if (execution.phase === 'waiting') this.#dispatcher.withdraw(execution)
    else if (execution.phase !== 'in_flight') return
    else if (!seat.flag(execution)) {
      // The lane may have gone on since it was looked at: the run that has outlived its limit is the one seen then.
      noteTurn(seat, execution, code === 'TIMEOUT' ? seat.clock.turn : undefined)
      const stage = execution.service.laneStageName(seat.lane!.marks.stage())
      const outcome = endedWhileRunning(execution, code, why, stage, cause)
      this.#interrupt(seat, execution, now + execution.service.plan.graceMs)
      this.#host.end(execution, 'ran', outcome)
      return
    }
    this.#host.end(execution, 'never ran', endedBeforeStart(execution, code, why, cause))
  }

  /** Asks the context that runs on a seat to end; nothing else starts there until it has, or its thread is gone. */
  #interrupt(seat: Seat, execution: Execution, killAt: number): void {
    seat.interrupt(execution, killAt)
    this.#dispatcher.putBack(reclaim(seat))
  }

  /** Times what runs by the lanes' marks, and kills what outlived its grace. `true` while a grace is still running. */
  sample(now: number): boolean {
    for (const seat of this.#seats.taken) {
      if (seat.inFlight === 0 || !seat.lane) continue
      this.#host.collect(seat)
      seat.sample(now)
      const { running } = seat
      if (seat.isOverdue(now)) this.#seats.kill(seat)
      else if (running) this.#judge(seat, running, now)
      this.#pulses.look(seat, now)
    }
    return this.#seats.taken.some((seat) => seat.killAt < Infinity)
  }

  /** A lane that was asked whether it still works has answered: whether it awaits a context. */
  answered(seat: Seat, awaits: boolean, now: number): void {
    this.#pulses.answered(seat, awaits, now)
  }

  #judge(seat: Seat, running: Execution, now: number): void {
    const { timeoutMs } = running.limits
    const elapsedMs = now - seat.clock.since
    const isLoading = seat.lane!.marks.stage() === LOADING
    const { loadTimeoutMs, warnAfterMs } = running.service.plan
    if (isLoading) seat.clock.loadingMs = elapsedMs
    switch (
      judgeRun({ isLoading, elapsedMs, loadingMs: seat.clock.loadingMs, timeoutMs, loadTimeoutMs, warnAfterMs })
    ) {
      case 'timed out':
        this.withdraw(running, 'TIMEOUT', `timed out after ${timeoutMs} ms`, now)
        return
      case 'never loaded':
        noteTurn(seat, running)
        this.#interrupt(seat, running, now)
        this.#host.end(running, 'crashed', neverLoaded(running))
        return
      case 'long':
        if (!seat.clock.warned) this.#host.longRun(seat, running, elapsedMs)
        seat.clock.warned = true
        return
      case 'carry on':
    }
  }
}
