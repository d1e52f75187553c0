import { TroupeError, isTroupeError } from '../../contract/errors.ts'
import { describeThrown } from '../../kernel/thrown.ts'
import type { ActorCell } from './actor-cell.ts'

const MOST_SHOWN = 200

/** An actor has ended for good. */
export function actorStopped(cell: ActorCell, cause?: unknown): TroupeError {
  const why = cause === undefined ? '' : `: ${describeThrown(cause).message}`
  const message = `Actor ${cell.name} has stopped${why}; ask for the actor anew to start another`
  return about(cell, 'ACTOR_STOPPED', message, cause)
}

/** An actor was asked by another of its group that has to stop before it can start again. */
export function groupRestarts(cell: ActorCell): TroupeError {
  const message = `Actor ${cell.name} begins anew together with its group, the caller included`
  return new TroupeError('ACTOR_STOPPED', message, { outcome: 'unknown', serviceId: cell.service.plan.id })
}

/** An actor could not be made. */
export function startFailed(cell: ActorCell, cause: unknown): TroupeError {
  if (isTroupeError(cause)) return cause
  return about(
    cell,
    'COMPONENT_LOAD_FAILED',
    `Actor ${cell.name} could not be started: ${describeThrown(cause).message}`,
    cause,
  )
}

/** There are as many actors of a service as there may be. */
export function tooMany(cell: ActorCell, limit: number): TroupeError {
  const message = `Actor ${cell.name} cannot be started: ${limit} actors of ${cell.service.plan.id} are live, as many as max_live allows`
  return about(cell, 'ACTOR_LIMIT', message)
}

/** An actor would wait for itself; `chain` leads from the one that was called to the one that called it. */
export function deadlock(chain: readonly ActorCell[]): TroupeError {
  const names = [...chain, chain[0]!].map(({ name }) => name)
  const message = `A call would wait for itself: ${names.join(' → ')}`
  const serviceId = chain[0]!.service.plan.id
  return new TroupeError('ACTOR_DEADLOCK', message, { serviceId, details: { chain: names } })
}

const MOST_CHARACTERS = 1_024

/**
 * The key of an actor, if it is one.
 *
 * @throws {TroupeError} `ACTOR_KEY_INVALID`
 */
export function checkKey(serviceId: string, key: unknown): string {
  if (typeof key === 'string' && key !== '' && key.length <= MOST_CHARACTERS) return key
  const given =
    typeof key === 'string' ? (key === '' ? 'empty' : `of ${key.length} characters`) : `of type ${typeof key}`
  const message = `The key of an actor of ${serviceId} must be a string of 1 to ${MOST_CHARACTERS} characters, but is ${given}`
  throw new TroupeError('ACTOR_KEY_INVALID', message, { serviceId })
}

/**
 * Refuses a service that is none of actors.
 *
 * @throws {TroupeError} `CONTEXT_INVALID`
 */
export function noActors(serviceId: string): TroupeError {
  return new TroupeError('CONTEXT_INVALID', `Service ${serviceId} has no actors; use execute`, { serviceId })
}

function about(cell: ActorCell, code: TroupeError['code'], message: string, cause?: unknown): TroupeError {
  return new TroupeError(code, message.length > 1_000 ? `${message.slice(0, MOST_SHOWN)}…` : message, {
    serviceId: cell.service.plan.id,
    details: { key: cell.key },
    ...(cause !== undefined && { cause }),
  })
}
