import type { ActorCell } from './actor-cell.ts'
import type { Snapshot } from './snapshots.ts'

/** What an actor of an earlier version of the configuration leaves to the one that takes its place. */
export interface Legacy {
  /** Its state, where its service keeps states in memory. */
  readonly state: Snapshot | undefined
}

/** What succession needs of the actors of its version. */
export interface SuccessionHost {
  find(serviceId: string, key: string): ActorCell | undefined
  /** Made where there is none; throws where the version has no such actors. */
  at(serviceId: string, key: string): ActorCell
  /** Stops an actor that has nothing to do, its state kept first where its service keeps any. */
  leave(cell: ActorCell): Promise<void>
}

/**
 * Hands actors over from one version of the configuration to the next, one by one as they are asked for: what the
 * earlier version accepted it brings to its end, and its instance has stopped before another is made.
 */
export class Succession {
  readonly #host: SuccessionHost
  /** States of actors that stopped with their version, by name. */
  readonly #estate = new Map<string, Legacy>()
  #earlier: Succession | undefined
  #later: Succession | undefined

  constructor(host: SuccessionHost) {
    this.#host = host
  }

  follow(earlier: Succession): void {
    this.#earlier = earlier
    earlier.#later = this
  }

  /** What the version before leaves of an actor; `undefined` where it knew none, or has nothing of it to leave. */
  before(serviceId: string, key: string): Promise<Legacy | undefined> | undefined {
    return this.#earlier?.take(serviceId, key)
  }

  /** Gives an actor away. */
  take(serviceId: string, key: string): Promise<Legacy | undefined> | undefined {
    const cell = this.#host.find(serviceId, key)
    if (cell && cell.state !== 'stopped' && cell.state !== 'absent') return this.#leave(cell)
    const name = nameOf(serviceId, key)
    const legacy = this.#estate.get(name) ?? (cell?.asks?.snapshot && { state: cell.asks.snapshot })
    this.#estate.delete(name)
    if (cell) cell.company.snapshot = undefined
    return legacy ? Promise.resolve(legacy) : this.before(serviceId, key)
  }

  async #leave(cell: ActorCell): Promise<Legacy | undefined> {
    // Again, since whoever hears first that it is free may give it something to do.
    while (!isFree(cell)) await cell.becomesFree()
    const isPassivated = cell.state === 'absent'
    // It may have stopped with its version in the meantime.
    if (cell.state === 'live') await this.#host.leave(cell)
    this.#estate.delete(nameOf(cell.service.plan.id, cell.key))
    const { snapshot } = cell.company
    if (isPassivated) cell.company.snapshot = undefined
    // Of one that never came to be there is nothing to go on with, and its next start is its first.
    return snapshot || (!isPassivated && cell.usedAt > 0) ? { state: snapshot } : undefined
  }

  /** Keeps the state of an actor that stops with its version. */
  bequeath(cell: ActorCell): void {
    const state = cell.asks?.snapshot
    const { id } = cell.service.plan
    if (state) this.#estate.set(nameOf(id, cell.key), { state })
    if (this.#later && cell.asks) this.#later.#adopt(cell)
  }

  /** Who watches an actor goes on to watch the one that takes its place. */
  #adopt(cell: ActorCell): void {
    const { watchers } = cell.company
    if (watchers.size === 0) return
    try {
      const heir = this.#host.at(cell.service.plan.id, cell.key)
      for (const watcher of watchers) heir.company.watchers.add(watcher)
      watchers.clear()
    } catch {
      // It has no place in this version: it has ended with the one before.
    }
  }
}

/** Whether an actor has nothing to do, or no instance. */
function isFree({ state, turn, mailbox }: ActorCell): boolean {
  return state === 'stopped' || ((state === 'live' || state === 'absent') && !turn && !mailbox)
}

function nameOf(serviceId: string, key: string): string {
  return JSON.stringify([serviceId, key])
}
