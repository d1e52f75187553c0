import type { Context, Outcome, TroupeError } from 'troupe'

/** The engines that a fault inside a component must be tried on. */
export const engines = ['threads', 'inline'] as const

/** `count` contexts of a service, numbered from 0; those that `special` names get its fields as well. */
export function batch(serviceId: string, count: number, special: Readonly<Record<number, object>> = {}): Context[] {
  return Array.from({ length: count }, (_, n) => ({ service_id: serviceId, data: { n, ...special[n] } }))
}

/** Enough quick contexts for the dispatcher to know that the service is cheap, and to send many in one chunk. */
export function quickOnes(serviceId: string): Context[] {
  return batch(serviceId, 200)
}

/** The error of an outcome, or a failed expectation. */
export function errorOf(outcome: Outcome | undefined): TroupeError {
  if (outcome === undefined || outcome.ok) throw new Error(`Expected an error, got ${JSON.stringify(outcome)}`)
  return outcome.error
}

/** The value of an outcome, or its error thrown. */
export function valueOf<Value>(outcome: Outcome | undefined): Value {
  if (outcome === undefined) throw new Error('Expected an outcome')
  if (!outcome.ok) throw outcome.error
  return outcome.value as Value
}
