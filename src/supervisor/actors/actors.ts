import type { ActorEnd } from '../../contract/actor.ts'
import type { Context } from '../../contract/context.ts'
import type { PoolPlan } from '../../contract/plan.ts'
import type { PoolHost } from '../pool-host.ts'
import { route } from '../router.ts'
import type { Service } from '../service.ts'
import type { ActorCell } from './actor-cell.ts'
import { noActors } from './actor-errors.ts'
import { ActorPool } from './actor-pool.ts'
import type { ActorsHost } from './actor-pool-host.ts'
import { Succession } from './succession.ts'

/** The actors of one version of the configuration, in all of its pools. */
export class Actors {
  readonly #router: ReadonlyMap<string, Service>
  readonly #host: ActorsHost
  readonly #pools = new Map<string, ActorPool>()
  readonly succession = new Succession({
    find: (serviceId, key) => this.#find(serviceId, key),
    at: (serviceId, key) => this.at(serviceId, key),
    leave: (cell) => this.#poolOf(cell.service)!.leave(cell),
  })

  constructor(services: readonly Service[], host: ActorsHost) {
    this.#host = host
    this.#router = new Map(services.map((service) => [service.plan.id, service]))
  }

  /** The pool, where it is one of actors. */
  open(plan: PoolPlan, host: PoolHost): ActorPool | undefined {
    const holdsActors = host.services.some((service) => service.plan.pool === plan.name && service.plan.actor)
    if (!holdsActors) return undefined
    const pool = new ActorPool(plan, {
      ...host,
      ...this.#host,
      cellOf: (context) => this.cellOf(context),
      before: ({ service, key }) => this.succession.before(service.plan.id, key),
      bequeath: (cell) => this.succession.bequeath(cell),
    })
    this.#pools.set(plan.name, pool)
    return pool
  }

  /** The actor that a context is for, if it is for one. */
  cellOf(context: Context): ActorCell | undefined {
    const service = route(this.#router, context)
    return this.#poolOf(service)?.cellOf(service, context)
  }

  #poolOf(service: Service): ActorPool | undefined {
    return service.plan.actor && this.#pools.get(service.plan.pool)
  }

  #find(serviceId: string, key: string): ActorCell | undefined {
    const service = this.#router.get(serviceId)
    return service && this.#poolOf(service)?.directory.find(service, key)
  }

  /**
   * The actor of a service and a key; made where there is none.
   *
   * @throws {TroupeError} `SERVICE_NOT_FOUND`; `CONTEXT_INVALID` for a service without actors; `ACTOR_KEY_INVALID`
   */
  at(serviceId: string, key: string): ActorCell {
    const service = route(this.#router, { service_id: serviceId })
    const pool = this.#poolOf(service)
    if (!pool) throw noActors(serviceId)
    return pool.cellOf(service, { service_id: serviceId, key })
  }

  /** The actor of this version that one stands for which was known before. */
  current(known: ActorCell): ActorCell {
    const { id } = known.service.plan
    const isOwn = this.#router.get(id) === known.service && known.state !== 'stopped'
    return isOwn ? this.#poolOf(known.service)!.directory.attach(known) : this.at(id, known.key)
  }

  /** Calls a method of an actor for the program. */
  call(cell: ActorCell, method: string, args: readonly unknown[]): Promise<unknown> {
    return this.#anyPool(cell).call(cell, method, args)
  }

  watch(cell: ActorCell, listener: (end: ActorEnd) => void): () => void {
    return this.#anyPool(cell).watch(cell, listener)
  }

  async stop(cell: ActorCell): Promise<void> {
    await this.#anyPool(cell).stop(cell)
  }

  /** Of an actor that has ended, any pool can say so. */
  #anyPool(cell: ActorCell): ActorPool {
    const pool = this.#pools.get(cell.service.plan.pool) ?? [...this.#pools.values()][0]
    if (!pool) throw noActors(cell.service.plan.id)
    return pool
  }
}
