import type { Context } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { Mailbox } from '../kernel/mailbox.ts'
import { admit } from './quarantine.ts'
import type { Service } from './service.ts'

/** What a context shows by how it ends: whether its service can leave quarantine, whether its circuit may close. */
export interface Probes {
  readonly quarantine: boolean
  /** The name of the circuit's probe. */
  readonly circuit: number | undefined
}

/**
 * Lets a context of a service in; returns what it is a probe of, if of anything.
 *
 * @throws {TroupeError} `SERVICE_UNAVAILABLE` or `CIRCUIT_OPEN`; then nothing has changed.
 */
export function admitTo(service: Service, context: Context): Probes | undefined {
  if (service.quarantine.state === 'none' && service.circuit === undefined) return undefined
  const now = performance.now()
  const { quarantine, admitted, probe } = admit(service.quarantine, now)
  if (!admitted) throw new TroupeError('SERVICE_UNAVAILABLE', quarantined(service), about(service, context))
  const circuit = service.circuit?.enter(now)
  if (circuit === 'refused') {
    const details = { retry_after_ms: Math.ceil(Math.max(service.circuit!.refusesUntil - now, 0)) }
    throw new TroupeError('CIRCUIT_OPEN', circuitOpen(service), { ...about(service, context), details })
  }
  service.quarantine = quarantine
  return probe || circuit !== undefined ? { quarantine: probe, circuit } : undefined
}

/** As `admitTo`; a context that is refused gives back its place in the mailbox. */
export function admitOrRelease(
  service: Service,
  context: Context,
  mailbox: Mailbox<unknown>,
  buffers: number,
): Probes | undefined {
  try {
    return admitTo(service, context)
  } catch (error) {
    mailbox.release(buffers)
    throw error
  }
}

/**
 * Refuses a slice of an experiment while its service is quarantined, or says whether it is the probe. Circuits are about
 * callers that come one by one.
 */
export function admitPastQuarantine(service: Service, context: Context): boolean {
  const { quarantine, admitted, probe } = admit(service.quarantine, performance.now())
  if (!admitted) throw new TroupeError('SERVICE_UNAVAILABLE', quarantined(service), about(service, context))
  service.quarantine = quarantine
  return probe
}

/** Until when a service lets nobody in, as far as that is known. */
export function closedUntil({ quarantine, circuit }: Service): number {
  const quarantined = quarantine.state === 'closed' ? quarantine.retryAt : -Infinity
  return Math.max(quarantined, circuit?.refusesUntil ?? -Infinity)
}

/** Why contexts of a quarantined service are refused. */
export function quarantined(service: Service): string {
  return `Service ${service.plan.id} took down too many workers and is not run for now`
}

/** Why contexts of a service whose circuit is open are refused. */
export function circuitOpen(service: Service): string {
  return `Too many contexts of ${service.plan.id} failed, and it is not run for now; try again later`
}

function about(service: Service, context: Context): { serviceId: string; requestId: string } {
  return { serviceId: service.plan.id, requestId: context.request_id ?? '' }
}
