import { isTroupeError } from '../contract/errors.ts'
import type { FailureMessage, ValueMessage } from '../contract/messages.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { WireError } from '../contract/wire-error.ts'
import { fromWireError } from '../kernel/wire-error.ts'
import type { Execution } from './execution.ts'

/** A lane's word on one context. */
export type OutcomeMessage = ValueMessage | FailureMessage

/** The outcome of an execution as its lane reported it. */
export function outcomeOf(execution: Execution, message: OutcomeMessage): Outcome {
  return message.type === 'value' ? { ok: true, value: message.value } : failureOf(execution, message.error)
}

/** The outcome of an execution that its lane reported an error of. */
export function failureOf(execution: Execution, wire: WireError): Outcome {
  const about = { serviceId: execution.service.plan.id, requestId: execution.requestId }
  const error = fromWireError(wire, about)
  // A lane gives every error a code, unless a component has spoilt the thread that it does so in.
  return {
    ok: false,
    error: isTroupeError(error) ? error : execution.error('COMPONENT_FAILED', error.message, { cause: error }),
  }
}
