import type { EventMap, EventName } from '../contract/events.ts'
import type { Log } from '../contract/log.ts'
import { describeThrown } from '../kernel/thrown.ts'

type Listener<Name extends EventName> = (event: EventMap[Name]) => void

/** Tells listeners what happens. An event is built only where somebody listens, and a listener that throws is logged. */
export class EventHub {
  readonly #listeners = new Map<EventName, Set<Listener<never>>>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(name)
    }
  }

  emit<Name extends EventName>(name: Name, build: () => EventMap[Name]): void {
    const listeners = this.#listeners.get(name) as Set<Listener<Name>> | undefined
    if (!listeners) return
    const event: EventMap[Name] = build()
    // Over a copy: a listener may add or remove others.
    for (const listener of Array.from(listeners)) {
      try {
        const returned: unknown = listener(event)
        // An async listener's rejection is as harmless as a throw.
        if (returned instanceof Promise) returned.catch((error: unknown) => this.#complain(name, error))
      } catch (error) {
        this.#complain(name, error)
      }
    }
  }

  #complain(event: EventName, error: unknown): void {
    this.#log.error({ event, err: describeThrown(error) }, 'A listener failed')
  }
}
