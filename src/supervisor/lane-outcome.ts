import type { TroupeError } from '../contract/errors.ts'
import type { FailureMessage, ValueMessage } from '../contract/messages.ts'
import type { Outcome } from '../contract/outcome.ts'
import { fromWireError } from '../kernel/wire-error.ts'
import type { Execution } from './execution.ts'

/** A lane's word on one context. */
export type OutcomeMessage = ValueMessage | FailureMessage

/** The outcome of an execution as its lane reported it. */
export function outcomeOf(execution: Execution, message: OutcomeMessage): Outcome {
  if (message.type === 'value') return { ok: true, value: message.value }
  const about = { serviceId: execution.service.plan.id, requestId: execution.context.request_id }
  // Whatever a lane reports has been given a code there.
  return { ok: false, error: fromWireError(message.error, about) as TroupeError }
}
