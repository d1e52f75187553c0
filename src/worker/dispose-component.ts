import { setTimeout as delay } from 'node:timers/promises'
import { TroupeError } from '../contract/errors.ts'
import { isThenable } from '../kernel/thenable.ts'
import { describeThrown } from '../kernel/thrown.ts'
import type { LoadedComponent } from './component-loader.ts'

/** How long `dispose()` of one component may take before the next one has its turn. */
const DISPOSE_MS = 2_000

/**
 * Disposes of a component. That it throws, or does not end, is returned and keeps no other component from being disposed
 * of; synchronous code that never ends is beyond this, and ends with its thread.
 */
export async function disposeOf(loaded: LoadedComponent, serviceId: string): Promise<TroupeError | undefined> {
  const { component, step } = loaded
  try {
    const pending: unknown = component.dispose?.()
    if (isThenable(pending)) await withinLimit(pending)
    return undefined
  } catch (cause) {
    const message = `dispose() of ${step.class} of service ${serviceId} failed: ${describeThrown(cause).message}`
    const details = { step: step.name, class: step.class }
    return new TroupeError('COMPONENT_FAILED', message, { cause, serviceId, details })
  }
}

async function withinLimit(pending: PromiseLike<unknown>): Promise<void> {
  const over = new AbortController()
  const tooLate = delay(DISPOSE_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error(`it had not ended after ${DISPOSE_MS} ms`)
  })
  try {
    await Promise.race([pending, tooLate])
  } finally {
    tooLate.catch(() => {})
    over.abort()
  }
}
