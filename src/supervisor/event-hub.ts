import type { EventMap, EventName } from '../contract/events.ts'
import type { Log } from '../contract/log.ts'
import { nearestName } from '../kernel/nearest-name.ts'
import { describeThrown } from '../kernel/thrown.ts'

/** One call of `on`: the same function may listen twice. */
interface Listener<Name extends EventName> {
  readonly call: (event: EventMap[Name]) => void
}

// A record, so that the compiler misses none.
const eventNames: Readonly<Record<EventName, true>> = {
  'context:accepted': true,
  'context:settled': true,
  'service:loaded': true,
  'service:quarantined': true,
  'breaker:opened': true,
  'breaker:closed': true,
  'worker:started': true,
  'worker:exited': true,
  'worker:restarted': true,
  'actor:restarted': true,
  'orphan:error': true,
}

/** Tells listeners what happens. An event is built only where somebody listens, and a listener that throws is logged. */
export class EventHub {
  readonly #listeners = new Map<EventName, Set<Listener<never>>>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  on<Name extends EventName>(name: Name, call: Listener<Name>['call']): () => void {
    if (!Object.hasOwn(eventNames, name)) throw new TypeError(unknownEvent(name))
    const listener: Listener<Name> = { call }
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      // Stopped a second time, another set may have taken this one's place.
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name)
    }
  }

  /** Whether anybody listens; asked where even building a closure would cost. */
  hears(name: EventName): boolean {
    return this.#listeners.size > 0 && this.#listeners.has(name)
  }

  emit<Name extends EventName>(name: Name, build: () => EventMap[Name]): void {
    const listeners = this.#listeners.get(name) as Set<Listener<Name>> | undefined
    if (!listeners) return
    const event: EventMap[Name] = build()
    // Over a copy: a listener may add or remove others.
    for (const listener of Array.from(listeners)) {
      try {
        const returned: unknown = listener.call(event)
        // An async listener's rejection is as harmless as a throw.
        if (returned instanceof Promise) returned.catch((error: unknown) => this.#complain(name, error))
      } catch (error) {
        this.#complain(name, error)
      }
    }
  }

  #complain(event: EventName, error: unknown): void {
    this.#log.error({ event, error: describeThrown(error) }, 'A listener failed')
  }
}

function unknownEvent(name: unknown): string {
  const known = Object.keys(eventNames)
  const nearest = nearestName(String(name), known)
  const hint = nearest === undefined ? `there are ${known.join(', ')}` : `did you mean ${nearest}?`
  return `There is no event ${String(name)}; ${hint}`
}
