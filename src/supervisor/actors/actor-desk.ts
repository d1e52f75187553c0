import type { ActorEnd, ActorProxy } from '../../contract/actor.ts'
import type { TroupeError } from '../../contract/errors.ts'
import { addressOf, createActorProxy } from '../../kernel/actor-proxy.ts'
import type { ActorCell } from './actor-cell.ts'
import type { Actors } from './actors.ts'

/** The actors of a supervisor as a program asks for them, whichever version of the configuration runs. */
export class ActorDesk {
  readonly #current: () => Actors
  readonly #refusal: () => TroupeError | undefined
  /** The actor that a proxy stood for when it was made or used last. */
  readonly #cells = new WeakMap<object, ActorCell>()

  constructor(current: () => Actors, refusal: () => TroupeError | undefined) {
    this.#current = current
    this.#refusal = refusal
  }

  /** A proxy of an actor, which need not have been started. */
  proxy<T>(serviceId: string, key: string): ActorProxy<T> {
    const refusal = this.#refusal()
    if (refusal) throw refusal
    let cell = this.#current().at(serviceId, key)
    const proxy = createActorProxy<T>({ serviceId, key }, (method, args) => {
      const actors = this.#current()
      if (!hasEnded(cell)) {
        cell = actors.current(cell)
        this.#cells.set(proxy, cell)
      }
      return actors.call(cell, method, args)
    })
    this.#cells.set(proxy, cell)
    return proxy
  }

  #cellOf(actor: unknown, of: string): ActorCell {
    const cell = addressOf(actor) && this.#cells.get(actor as object)
    if (!cell) throw new TypeError(`${of} needs an actor of this supervisor, as supervisor.actor gives`)
    return hasEnded(cell) ? cell : this.#current().current(cell)
  }

  /** Tells a listener, once, that an actor has ended for good; soon, where it has already. Returns how to stop. */
  watch(actor: unknown, listener: (end: ActorEnd) => void): () => void {
    if (typeof listener !== 'function') throw new TypeError('watch needs a function as its listener')
    return this.#current().watch(this.#cellOf(actor, 'watch'), listener)
  }

  /** Ends an actor when it has handled its message; resolves once it has stopped. */
  stop(actor: unknown): Promise<void> {
    return this.#current().stop(this.#cellOf(actor, 'stopActor'))
  }
}

/** Whether an actor has ended for good; one that stopped with a version that was replaced goes on in the next. */
function hasEnded(cell: ActorCell): boolean {
  return cell.state === 'stopped' && cell.asks?.endedAs !== 'shutdown'
}
