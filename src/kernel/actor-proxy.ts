import type { ActorProxy } from '../contract/actor.ts'
import { TroupeError } from '../contract/errors.ts'
import { mayExpose } from './exposed-methods.ts'
import { handled } from './thenable.ts'

/** Calls a method of one actor. */
export type CallMethod = (method: string, args: readonly unknown[]) => Promise<unknown>

/** What a proxy stands for, for those who are handed one. */
export interface ActorAddress {
  readonly serviceId: string
  readonly key: string
}

const addresses = new WeakMap<object, ActorAddress>()

/** The actor that a proxy made here stands for. */
export function addressOf(proxy: unknown): ActorAddress | undefined {
  return typeof proxy === 'object' && proxy !== null ? addresses.get(proxy) : undefined
}

/**
 * A proxy whose methods call those of an actor. It is not thenable, so it can be awaited and returned from an
 * asynchronous function; it has no state, and setting a property is a `TypeError`.
 */
export function createActorProxy<T>(address: ActorAddress, call: CallMethod): ActorProxy<T> {
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>()
  const text = () => `Actor ${address.serviceId}/${address.key}`
  const target = Object.freeze(Object.create(null, { [Symbol.toPrimitive]: { value: text } }) as object)
  const proxy = new Proxy(target, {
    get(_target, name) {
      if (typeof name === 'symbol') return name === Symbol.toPrimitive ? text : undefined
      if (name === 'then') return undefined
      let method = methods.get(name)
      if (!method) {
        method = mayExpose(name)
          ? (...args) => withItems(call(name, args))
          : () => handled(Promise.reject(notExposed(address, name)))
        methods.set(name, method)
      }
      return method
    },
  })
  addresses.set(proxy, address)
  return proxy as unknown as ActorProxy<T>
}

/** Lets a call be iterated over where its result can be, without awaiting it first. */
function withItems(called: Promise<unknown>): Promise<unknown> {
  ;(called as Promise<unknown> & Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] = itemsOf
  return called
}

async function* itemsOf(this: unknown): AsyncGenerator<unknown, void, undefined> {
  const result = await (this as Promise<unknown>)
  if (!isAsyncIterable(result)) throw new TypeError('What the actor returned cannot be iterated over')
  yield* result
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** The error for a name that is no exposed method. */
export function notExposed({ serviceId, key }: ActorAddress, name: string, methods?: readonly string[]): TroupeError {
  const hint = methods ? `; it has ${methods.join(', ') || 'no methods'}` : ''
  return new TroupeError('METHOD_NOT_EXPOSED', `Actor ${serviceId}/${key} has no method ${name} for callers${hint}`, {
    serviceId,
    details: { key, method: name },
  })
}
