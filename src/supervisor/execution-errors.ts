import type { Context } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { LaneEnd } from '../engine/engine.ts'
import { stageName } from '../kernel/stage.ts'
import { describeThrown } from '../kernel/thrown.ts'
import type { Execution } from './execution.ts'
import type { Service } from './service.ts'

/** A reason of the supervisor's or the caller's to end an execution. */
export type EndCode = 'TIMEOUT' | 'CANCELLED' | 'SHUTTING_DOWN'

/** Ended before its component's code began, or began again. `why` reads on from "Execution of x". */
export function endedBeforeStart(execution: Execution, code: EndCode, why: string, reason?: unknown): Outcome {
  const { error: last, reached: outcome = 'not_started' } = execution.attempts ?? {}
  const when = last === undefined ? 'before it started' : 'before its next attempt'
  const message = `Execution of ${execution.service.plan.id} ${why} ${when}`
  return failed(execution.error(code, message, { outcome, ...causedBy(reason === undefined ? last : reason) }))
}

/** Ended while it ran; it may have had effects. */
export function endedWhileRunning(
  execution: Execution,
  code: EndCode,
  why: string,
  stage: string,
  cause?: unknown,
): Outcome {
  const where = stage === 'component' ? '' : ` in ${stage}`
  const message = `Execution of ${execution.service.plan.id} ${why}${where}`
  return failed(execution.error(code, message, { outcome: 'unknown', details: { stage }, ...causedBy(cause) }))
}

/** Ended in supervisor-side middleware, before its run or after it. */
export function endedInMiddleware(execution: Execution, code: EndCode, why: string, cause?: unknown): Outcome {
  const { run, service } = execution
  const stage = stageName(execution.stage, service.middlewareNames, [])
  const message = `Execution of ${service.plan.id} ${why} in ${stage}`
  const outcome = run === undefined ? 'not_started' : run.ok ? 'failed' : run.error.outcome
  return failed(execution.error(code, message, { outcome, details: { stage }, ...causedBy(cause) }))
}

/** Its worker ended under it. */
export function crashed(execution: Execution, worker: number, end: LaneEnd, orphan: Error | undefined): Outcome {
  const reason = orphan ? `an error that nobody awaited: ${orphan.message}` : end.reason
  const message = `Worker ${worker} ended while it ran ${execution.service.plan.id}: ${reason}`
  const details = { exitCode: end.exitCode, reason: orphan ? 'orphan' : end.reason, worker }
  return failed(execution.error('WORKER_CRASHED', message, { details, ...(orphan && { cause: orphan }) }))
}

/** It took down more workers than any context may. */
export function poisoned(execution: Execution, crash: TroupeError): TroupeError {
  const message = `Context of ${execution.service.plan.id} took down two workers and is not run again: ${crash.message}`
  return execution.error('POISON', message, { cause: crash, details: crash.details })
}

/** Its lane was gone before it started, and the buffers it handed over with it: it cannot be sent again. */
export function handedOver(execution: Execution, worker: number): Outcome {
  const message = `Worker ${worker} ended before it started ${execution.service.plan.id}, and what the context handed over is lost with it`
  const fields = { outcome: 'not_started', retryable: false, details: { reason: 'transferred', worker } } as const
  return failed(execution.error('WORKER_CRASHED', message, fields))
}

/** Its service held the thread for longer than loading may take. */
export function neverLoaded(execution: Execution): Outcome {
  const { id, loadTimeoutMs } = execution.service.plan
  return failed(execution.error('COMPONENT_LOAD_FAILED', `Service ${id} had not loaded after ${loadTimeoutMs} ms`))
}

/** Nothing runs its service for now. */
export function unavailable(execution: Execution, why: string, cause?: unknown): Outcome {
  return failed(execution.error('SERVICE_UNAVAILABLE', why, causedBy(cause)))
}

/** Its service's circuit opened while it waited. */
export function shutOut(execution: Execution, why: string): Outcome {
  return failed(execution.error('CIRCUIT_OPEN', why))
}

/** There is no place for it in its service's mailbox. */
export function mailboxFull(service: Service, context: Context): TroupeError {
  const { id, mailbox: capacity, mailboxBytes: bytes } = service.plan
  const message = `Mailbox of ${id} is full (${capacity} contexts or ${bytes} bytes at most); try again later, or use executeMany or stream, which wait`
  const about = { serviceId: id, requestId: context.request_id ?? '' }
  return new TroupeError('MAILBOX_FULL', message, { ...about, details: { capacity, bytes } })
}

/** It cannot even be read. */
export function unreadable(cause: unknown): TroupeError {
  return new TroupeError('CONTEXT_INVALID', `A context cannot be read: ${describeThrown(cause).message}`, { cause })
}

/** A field for a cause, where there is one: an error without has no such field. */
function causedBy(cause: unknown): { readonly cause?: unknown } {
  return cause === undefined ? {} : { cause }
}

function failed(error: TroupeError): Outcome {
  return { ok: false, error }
}
