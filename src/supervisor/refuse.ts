import { findUnclonable } from '../kernel/unclonable.ts'
import type { Execution } from './execution.ts'
import { transferRefusal } from './transfers.ts'

/** Ends an execution whose context could not be posted, for the `cause` that was met. */
export function refuse(execution: Execution, cause: unknown): void {
  const { path, what } = findUnclonable(execution.context, 'context')
  const id = execution.service.plan.id
  execution.phase = 'middleware'
  if (execution.context !== execution.original && clones(execution.original)) {
    const message = `Middleware of ${id} passed on a context that cannot cross a thread: ${path} is ${what}`
    const fields = { cause, outcome: 'not_started', details: { path, what } } as const
    execution.deliver({ ok: false, error: execution.error('MIDDLEWARE_ERROR', message, fields) })
    return
  }
  const message = `Context for ${id} cannot cross a thread: ${path} is ${what}; pass plain values`
  execution.deliver({
    ok: false,
    error: execution.error('INPUT_NOT_SERIALIZABLE', message, { cause, details: { path, what } }),
  })
}

/** Ends an execution whose buffers the program has used elsewhere while it waited. Returns whether it did. */
export function refuseTransfers(execution: Execution): boolean {
  const error = transferRefusal(execution)
  if (!error) return false
  execution.phase = 'middleware'
  execution.deliver({ ok: false, error })
  return true
}

function clones(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
