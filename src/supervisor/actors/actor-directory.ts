import type { Service } from '../service.ts'
import { ActorCell } from './actor-cell.ts'
import { checkKey } from './actor-errors.ts'

/** The actors of a pool, by service and key. A map, so that no inherited name is ever found in it. */
export class ActorDirectory {
  readonly #byService = new Map<Service, Map<string, ActorCell>>()

  /**
   * The actor of a service and a key; made where there is none.
   *
   * @throws {TroupeError} `ACTOR_KEY_INVALID`
   */
  at(service: Service, key: unknown): ActorCell {
    const name = checkKey(service.plan.id, key)
    let cells = this.#byService.get(service)
    if (!cells) this.#byService.set(service, (cells = new Map()))
    let cell = cells.get(name)
    if (!cell) cells.set(name, (cell = new ActorCell(service, name)))
    return cell
  }

  find(service: Service, key: string): ActorCell | undefined {
    return this.#byService.get(service)?.get(key)
  }

  /** Puts an actor back that was let go of; gives the one that has taken its place, if there is one. */
  attach(cell: ActorCell): ActorCell {
    const cells = this.#byService.get(cell.service)
    const found = cells?.get(cell.key)
    if (found || cell.state === 'stopped') return found ?? this.at(cell.service, cell.key)
    if (cells) cells.set(cell.key, cell)
    else this.#byService.set(cell.service, new Map([[cell.key, cell]]))
    return cell
  }

  /** Lets go of an actor that nothing must be remembered of. */
  detach(cell: ActorCell): void {
    const cells = this.#byService.get(cell.service)
    if (cells?.get(cell.key) === cell) cells.delete(cell.key)
  }

  /** All actors of one service. */
  of(service: Service): Iterable<ActorCell> {
    return this.#byService.get(service)?.values() ?? []
  }

  *all(): Iterable<ActorCell> {
    for (const cells of this.#byService.values()) yield* cells.values()
  }
}
