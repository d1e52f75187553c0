import type { Context } from '../contract/context.ts'
import type { TroupeError } from '../contract/errors.ts'
import { transfersOf } from '../contract/transfer.ts'
import { type TransferProblem, transferProblem } from '../kernel/transfer-problem.ts'
import type { Execution } from './execution.ts'

/** Whom each buffer was promised to. It counts until that execution has settled; by then the buffer may be gone. */
const promised = new WeakMap<ArrayBuffer, Execution>()

/**
 * Promises the buffers that `context` was marked with to its execution, so that no other can hand them over. Returns
 * why that cannot be, if so; nothing is detached either way. A service that tries contexts again takes none: they can be
 * sent once.
 */
export function promiseTransfers(execution: Execution, context: Context): TroupeError | undefined {
  const buffers = transfersOf(context)
  if (!buffers) return undefined
  const problem = triedAgain(execution) ?? transferProblem(buffers) ?? promisedElsewhere(buffers, execution)
  if (problem) return refusal(execution, problem)
  for (const buffer of buffers) promised.set(buffer, execution)
  execution.transfers = buffers
  return undefined
}

/** Why an execution's buffers cannot be sent now, though they could when they were promised: the program used them. */
export function transferRefusal(execution: Execution): TroupeError | undefined {
  const problem = execution.transfers && transferProblem(execution.transfers)
  return problem && refusal(execution, problem)
}

function triedAgain({ service }: Execution): TransferProblem | undefined {
  const { retry } = service.plan
  return retry && { path: 'transfer', what: `what can be sent once, and max_attempts is ${retry.maxAttempts}` }
}

function promisedElsewhere(buffers: readonly ArrayBuffer[], execution: Execution): TransferProblem | undefined {
  const index = buffers.findIndex((buffer) => {
    const owner = promised.get(buffer)
    return owner !== undefined && owner !== execution && !owner.isSettled
  })
  return index < 0
    ? undefined
    : { path: `transfer[${index}]`, what: 'an ArrayBuffer that another context under way hands over' }
}

function refusal(execution: Execution, { path, what }: TransferProblem): TroupeError {
  const message = `Context for ${execution.service.plan.id} cannot hand over its buffers: ${path} is ${what}`
  return execution.error('INPUT_NOT_SERIALIZABLE', message, { details: { path, what } })
}
