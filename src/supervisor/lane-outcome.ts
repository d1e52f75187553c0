import { isTroupeError } from '../contract/errors.ts'
import type { FailureMessage, ValueMessage } from '../contract/messages.ts'
import type { Outcome } from '../contract/outcome.ts'
import { fromWireError } from '../kernel/wire-error.ts'
import type { Execution } from './execution.ts'

/** A lane's word on one context. */
export type OutcomeMessage = ValueMessage | FailureMessage

/** The outcome of an execution as its lane reported it. */
export function outcomeOf(execution: Execution, message: OutcomeMessage): Outcome {
  if (message.type === 'value') return { ok: true, value: message.value }
  const about = { serviceId: execution.service.plan.id, requestId: execution.requestId }
  const error = fromWireError(message.error, about)
  // A lane gives every error a code, unless a component has spoilt the thread that it does so in.
  return {
    ok: false,
    error: isTroupeError(error) ? error : execution.error('COMPONENT_FAILED', error.message, { cause: error }),
  }
}
