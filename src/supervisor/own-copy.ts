import type { RoutedContext } from '../contract/context.ts'
import { findUnclonable } from '../kernel/unclonable.ts'
import type { Execution } from './execution.ts'

/**
 * A copy of an execution's context for code of the user's, which may change what it is given. Buffers that were to be
 * handed over are in the copy as copies, so the caller keeps its own.
 *
 * @throws {TroupeError} `INPUT_NOT_SERIALIZABLE`
 */
export function ownCopy(execution: Execution): RoutedContext {
  execution.transfers = undefined
  try {
    return structuredClone(execution.context)
  } catch (cause) {
    const { path, what } = findUnclonable(execution.context, 'context')
    const message = `Context for ${execution.service.plan.id} cannot cross a thread: ${path} is ${what}; pass plain values`
    throw execution.error('INPUT_NOT_SERIALIZABLE', message, { cause, details: { path, what } })
  }
}
