import type { TroupeError } from '../contract/errors.ts'
import type { RetryPolicy } from '../contract/plan.ts'
import type { Outcome } from '../contract/outcome.ts'
import { MinHeap } from '../kernel/min-heap.ts'
import { withAttempts } from '../kernel/thrown.ts'
import { admitTo, closedUntil } from './admission.ts'
import { further, makeAttemptRecord } from './attempt-record.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Execution } from './execution.ts'
import { type EndCode, endedBeforeStart, poisoned } from './execution-errors.ts'
import type { Ended } from './interruptions.ts'
import { judgeAttempt } from './retry.ts'
import type { Seat } from './seat.ts'
import type { Service } from './service.ts'

interface Due {
  readonly execution: Execution
  readonly at: number
}

/** Tries contexts of one pool again, where their service says so, and tells its circuit how attempts ended. */
export class Attempts {
  readonly #dispatcher: Dispatcher
  readonly #canKill: boolean
  readonly #between = new Set<Execution>()
  /** By when they are due; one that was withdrawn stays until then. */
  readonly #due = new MinHeap<Due>(({ at }) => at)
  /** Due, but what was cut off of them may still run. */
  readonly #held = new Set<Execution>()

  /** @param canKill Whether code that is cut off can be made to end. Where not, none that was is tried again. */
  constructor(dispatcher: Dispatcher, canKill: boolean) {
    this.#dispatcher = dispatcher
    this.#canKill = canKill
  }

  /** Hears how an attempt ended, and hands that over unless there is to be another. */
  ended(execution: Execution, ended: Ended, outcome: Outcome): void {
    const { service, attempts } = execution
    const now = performance.now()
    const probe = attempts?.probe
    if (attempts) attempts.probe = undefined
    if (ended !== 'never ran') service.circuit?.ended(outcome, probe, now)
    // However far the attempts before it came: they have been counted.
    else if (probe !== undefined) service.circuit?.lost(probe, now)
    const { retry } = service.plan
    if (outcome.ok || !retry) execution.deliver(outcome)
    else this.#failed(execution, ended, outcome.error, retry, now)
  }

  #failed(execution: Execution, ended: Ended, error: TroupeError, retry: RetryPolicy, now: number): void {
    const record = (execution.attempts ??= makeAttemptRecord())
    const earlier = record.error
    record.reached = further(record.reached, error.outcome)
    if (ended === 'never ran') {
      // Refused while it waited to be tried again: what it ended with before says more.
      const refused = error.code === 'CIRCUIT_OPEN' || error.code === 'SERVICE_UNAVAILABLE'
      this.#deliver(execution, refused && earlier ? earlier : error)
      return
    }
    record.made++
    record.error = error
    if (ended === 'crashed' && tookDown(execution, error)) record.crashes++
    const { deadlineAt } = execution.limits
    const situation = { now, deadlineAt, closedUntil: closedUntil(execution.service), random: Math.random() }
    const verdict = judgeAttempt(record, error, retry, situation)
    if (verdict.next === 'poison') this.#deliver(execution, poisoned(execution, error))
    else if (verdict.next === 'attempt' && (this.#canKill || error.outcome !== 'unknown')) {
      this.#wait(execution, verdict.at)
    } else this.#deliver(execution, error)
  }

  /** Its place in the mailbox stays taken while it waits, so that failures cannot pile up beyond the bound. */
  #wait(execution: Execution, at: number): void {
    this.#dispatcher.mailbox(execution.service).reserveAnyway(execution.bufferBytes)
    execution.holdsPlace = true
    execution.phase = 'between_attempts'
    execution.attempts!.dueAt = at
    this.#between.add(execution)
    this.#due.push({ execution, at })
  }

  /** Begins the attempts that are due. */
  sample(now: number): void {
    for (let first = this.#due.peek(); first && first.at <= now; first = this.#due.peek()) {
      this.#due.pop()
      const { execution, at } = first
      if (!this.#between.has(execution) || execution.attempts!.dueAt !== at) continue
      if (mayStillRun(execution)) this.#held.add(execution)
      else this.#begin(execution)
    }
  }

  /** A lane may have come to the end of what was cut off there. */
  look(): void {
    if (this.#held.size === 0) return
    for (const execution of this.#held) if (!mayStillRun(execution)) this.#begin(execution)
  }

  /** A lane is gone, and nothing runs there any more. */
  gone(seat: Seat): void {
    for (const execution of this.#between) if (execution.holder === seat) execution.holder = undefined
    this.look()
  }

  #begin(execution: Execution): void {
    const record = execution.attempts!
    try {
      const probes = admitTo(execution.service, execution.context)
      execution.isProbe = probes?.quarantine ?? false
      record.probe = probes?.circuit
    } catch {
      this.#leave(execution)
      this.#deliver(execution, record.error!)
      return
    }
    this.#between.delete(execution)
    this.#held.delete(execution)
    execution.service.retries++
    execution.holder = undefined
    this.#dispatcher.enqueue(execution)
  }

  /** Ends an execution that waits for its next attempt. */
  withdraw(execution: Execution, code: EndCode, why: string, cause?: unknown): void {
    this.#leave(execution)
    const outcome = endedBeforeStart(execution, code, why, cause)
    if (!outcome.ok) this.#deliver(execution, outcome.error)
  }

  #leave(execution: Execution): void {
    this.#between.delete(execution)
    this.#held.delete(execution)
    execution.holdsPlace = false
    this.#dispatcher.mailbox(execution.service).release(execution.bufferBytes)
  }

  #deliver(execution: Execution, error: TroupeError): void {
    const { made, reached } = execution.attempts!
    execution.deliver({ ok: false, error: withAttempts(error, made, reached) })
  }

  /** The executions that wait for their next attempt. */
  all(): Execution[] {
    return [...this.#between]
  }

  waiting(service: Service): number {
    return this.all().filter((execution) => execution.service === service).length
  }
}

/** Whether an attempt was cut off in a lane that has not come to its end, and is not gone. */
function mayStillRun(execution: Execution): boolean {
  return (execution.holder as Seat | undefined)?.isAskedToEnd(execution) === true
}

/** A worker that its pool ended, for the limit of another context, was not taken down by this one. */
function tookDown(execution: Execution, error: TroupeError): boolean {
  return error.code === 'WORKER_CRASHED' && (execution.holder as Seat | undefined)?.ending === false
}
