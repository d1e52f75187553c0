import type { Context } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import { nearestName } from '../kernel/nearest-name.ts'
import type { Service } from './service.ts'

/** The registered services by id. A map, so that no inherited name is ever found in it. */
export type Router = ReadonlyMap<string, Service>

/**
 * The service that a context names.
 *
 * @throws {TroupeError} `CONTEXT_INVALID`, `SERVICE_NOT_FOUND` with the registered ids in `details`.
 */
export function route(router: Router, context: unknown): Service {
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw new TroupeError('CONTEXT_INVALID', `A context must be an object with service_id, not ${kindOf(context)}`)
  }
  const id: unknown = Object.hasOwn(context, 'service_id') ? (context as Context).service_id : undefined
  if (typeof id !== 'string' || id === '') {
    const known = listed([...router.keys()])
    throw new TroupeError(
      'CONTEXT_INVALID',
      `A context needs a service_id, the name of a service; registered are ${known}`,
    )
  }
  const service = router.get(id)
  if (service) return service
  const services = [...router.keys()]
  const nearest = nearestName(id, services)
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  throw new TroupeError(
    'SERVICE_NOT_FOUND',
    `There is no service ${cut(id)}; registered are ${listed(services)}${hint}`,
    {
      serviceId: cut(id),
      details: { services },
    },
  )
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value
}

function listed(ids: readonly string[]): string {
  if (ids.length === 0) return 'none'
  return ids.length > 20 ? `${ids.slice(0, 20).join(', ')} and ${ids.length - 20} more` : ids.join(', ')
}

function cut(id: string): string {
  return id.length > 200 ? `${id.slice(0, 200)}…` : id
}
