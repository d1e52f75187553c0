import type { TurnsRunning } from '../../contract/actor-messages.ts'
import type { Outcome } from '../../contract/outcome.ts'
import { type EndCode, endedBeforeStart, endedWhileRunning } from '../execution-errors.ts'
import type { Execution } from '../execution.ts'
import type { Seat } from '../seat.ts'
import type { Turn } from './actor-cell.ts'
import type { ActorLane } from './actor-lane.ts'

/** What limits need of the pool around them. */
export interface TurnLimitsHost {
  readonly lanes: ReadonlyMap<unknown, ActorLane>
  kill(seat: Seat): void
  end(execution: Execution, outcome: Outcome): void
  /** A message is handled for long, and no limit was set for it. */
  longRun(turn: Turn, ms: number): void
}

/**
 * Ends messages that their limit, their caller or the shutdown wants ended. The actor takes its next message only when
 * the one before has come to its end; one that does not in its grace time takes its thread with it.
 */
export class TurnLimits {
  readonly #host: TurnLimitsHost

  constructor(host: TurnLimitsHost) {
    this.#host = host
  }

  /** Ends a message that has left its mailbox before it was sent. */
  endWaiting(execution: Execution, code: EndCode, why: string, cause?: unknown): void {
    this.#host.end(execution, endedBeforeStart(execution, code, why, cause))
  }

  /** Ends what waits, and all that runs. */
  cutOff(waiting: readonly Execution[], why: string, now: number): void {
    for (const execution of waiting) this.endWaiting(execution, 'SHUTTING_DOWN', why)
    for (const { inFlight } of this.#host.lanes.values()) {
      for (const turn of inFlight) this.endRunning(turn, 'SHUTTING_DOWN', why, now)
    }
  }

  endRunning(turn: Turn, code: EndCode, why: string, now: number, cause?: unknown): void {
    const { execution, lane, slot, cell } = turn
    if (execution.phase !== 'in_flight') return
    if (lane.marks.cancel(slot)) {
      // It is passed over; its actor takes the next when the lane has said so.
      this.#host.end(execution, endedBeforeStart(execution, code, why, cause))
      return
    }
    turn.killAt = now + cell.service.plan.graceMs
    lane.tell({ type: 'cancel', slot })
    this.#host.end(execution, endedWhileRunning(execution, code, why, 'component', cause))
  }

  /** Times what runs by its marks, and kills what outlived its grace. `true` while a grace is still running. */
  sample(now: number): boolean {
    let isWaiting = false
    for (const lane of this.#host.lanes.values()) {
      for (const turn of lane.inFlight) {
        if (turn.killAt <= now) {
          this.#host.kill(lane.seat)
          break
        }
        if (turn.killAt < Infinity) isWaiting = true
        else this.#judge(turn, now)
      }
    }
    return isWaiting
  }

  #judge(turn: Turn, now: number): void {
    if (!turn.lane.marks.hasBegun(turn.slot)) return
    turn.begunAt ??= now
    const { execution, begunAt } = turn
    const { timeoutMs } = execution.limits
    const { warnAfterMs } = execution.service.plan
    if (timeoutMs !== undefined && now - begunAt >= timeoutMs) {
      this.endRunning(turn, 'TIMEOUT', `timed out after ${timeoutMs} ms`, now)
    } else if (!turn.warned && now - begunAt >= warnAfterMs) {
      turn.warned = true
      this.#host.longRun(turn, now - begunAt)
    }
  }

  /** A message of a lane could not be read: a turn that has begun and runs no more has replied with it. */
  unreadable(lane: ActorLane, { heard, slots }: TurnsRunning, end: (turn: Turn, outcome: Outcome) => void): void {
    if (lane.seat.unreadable === 0) return
    for (const turn of lane.inFlight) {
      if (turn.order > heard || turn.hasReplied || slots.includes(turn.slot) || !lane.marks.hasBegun(turn.slot))
        continue
      const message = `Result of ${turn.cell.name} cannot be read: it is nested too deeply; return plain values`
      lane.seat.unreadable--
      end(turn, { ok: false, error: turn.execution.error('RESULT_NOT_SERIALIZABLE', message) })
    }
  }
}
