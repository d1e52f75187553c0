import { type Endpoint, expose, transferHandlers, wrap } from 'comlink'
import { type TroupeError, isTroupeError } from '../contract/errors.ts'
import type { WireError } from '../contract/wire-error.ts'
import { fromWireError, toWireError } from './wire-error.ts'

// The one file that imports Comlink, for both sides of the thread, which load it when the first actor is wanted. One
// endpoint serves all actors of a lane: whose turn a message is stands on the envelope around it, so that an actor that
// has nothing to do costs nothing here.

/** What Comlink posts for a call, as far as it may go on. The one argument is the list of arguments. */
export interface CallRequest {
  readonly id: string
  readonly type: 'APPLY'
  readonly path: readonly [string]
  readonly argumentList: readonly [{ readonly type: 'RAW'; readonly value: readonly unknown[] }]
}

/** What Comlink posts when a call has ended. */
export interface CallReply {
  readonly id: string
  readonly type: string
  readonly name?: string
  readonly value: unknown
}

/** What a call of an actor came to: a value, or the number of a stream. Comlink looks at nothing inside it. */
export type TurnResult = { readonly value: unknown } | { readonly stream: number }

type RemoteMethod = (args: readonly unknown[]) => Promise<unknown>
type Thrown = { readonly value: unknown }
type Listener = (event: { readonly data: unknown }) => void

const plain = transferHandlers.get('throw')!
// Errors of this runtime keep code, outcome and causes. What other users of Comlink in this thread throw, it handles as
// ever: the table is the thread's.
transferHandlers.set('throw', {
  canHandle: (value): value is unknown => plain.canHandle(value),
  serialize: (thrown) => {
    const { value } = thrown as Thrown
    return isTroupeError(value) ? [{ troupe: toWireError(value) }, []] : plain.serialize(thrown)
  },
  deserialize: (serialized) => {
    const troupe = ownTroupe(serialized)
    if (troupe) throw fromWireError(troupe)
    return plain.deserialize(serialized)
  },
})

function ownTroupe(serialized: unknown): WireError | undefined {
  if (typeof serialized !== 'object' || serialized === null || !Object.hasOwn(serialized, 'troupe')) return undefined
  return (serialized as { readonly troupe: WireError }).troupe
}

/** The reply that makes Comlink reject a call with an error. */
export function throwReply(id: string, error: TroupeError): CallReply {
  return { id, type: 'HANDLER', name: 'throw', value: { troupe: toWireError(error) } }
}

/** The caller's end of one lane. Comlink never ends a call by itself; here each one ends, if only with the lane. */
export class CallEndpoint {
  readonly #remote: Record<string, RemoteMethod>
  readonly #inFlight = new Set<string>()
  readonly #methods = new Map<string, RemoteMethod>()
  #listener: Listener = () => {}
  #send: ((request: CallRequest) => TroupeError | undefined) | undefined
  #gone: TroupeError | undefined

  constructor() {
    const endpoint: Endpoint = {
      addEventListener: (_type, listener) => (this.#listener = listener as unknown as Listener),
      removeEventListener: () => {},
      postMessage: (message: unknown) => this.#post(message as CallRequest),
    }
    this.#remote = wrap(endpoint) as unknown as Record<string, RemoteMethod>
  }

  /**
   * Calls a method; `send` puts the request on its way, or says why it cannot. The promise ends with the reply, with
   * `send`'s error, or with that of `fail` or `end`.
   */
  call(
    method: string,
    args: readonly unknown[],
    send: (request: CallRequest) => TroupeError | undefined,
  ): Promise<unknown> {
    // Comlink makes a proxy for each name it is asked for, and registers it to be finalized.
    let remote = this.#methods.get(method)
    if (!remote) this.#methods.set(method, (remote = this.#remote[method]!))
    this.#send = send
    const called = remote(args)
    this.#send = undefined
    return called
  }

  /** Comlink posts inside `call`; and to release its proxies once they are collected, which concerns nobody here. */
  #post(message: CallRequest): void {
    if (message.type !== 'APPLY' || !this.#send) return
    this.#inFlight.add(message.id)
    const error = this.#gone ?? this.#send(message)
    if (error) this.fail(message.id, error)
  }

  /** Hands Comlink the reply to a call; `false` where that call has ended already. */
  reply(reply: CallReply): boolean {
    if (!this.#inFlight.delete(reply.id)) return false
    this.#listener({ data: reply })
    return true
  }

  /** Ends a call with an error. */
  fail(id: string, error: TroupeError): void {
    this.reply(throwReply(id, error))
  }

  /** Ends every call, those to come as well: nobody replies any more. */
  end(error: TroupeError): void {
    this.#gone = error
    for (const id of this.#inFlight) this.fail(id, error)
  }
}

/** The end of one class of actors in a lane. Comlink sees a frozen façade without prototype, and calls of its names. */
export class ExposedEndpoint {
  readonly #methods: ReadonlySet<string>
  #listener: Listener = () => {}

  /**
   * @param invoke Runs a method; called inside `receive`, or not at all.
   * @param reply Posts a reply.
   */
  constructor(
    methods: readonly string[],
    invoke: (method: string, args: readonly unknown[]) => unknown,
    reply: (reply: CallReply) => void,
  ) {
    this.#methods = new Set(methods)
    const facade: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    for (const method of methods) facade[method] = (args: readonly unknown[]) => invoke(method, args)
    const endpoint: Endpoint = {
      addEventListener: (_type, listener) => (this.#listener = listener as unknown as Listener),
      removeEventListener: () => {},
      postMessage: (message: unknown) => reply(message as CallReply),
    }
    expose(Object.freeze(facade), endpoint)
  }

  /** Lets Comlink run a request. `false`, and nothing has run, where it is anything but a call of an exposed method. */
  receive(request: unknown): boolean {
    const call = readCall(request)
    if (!call || !this.#methods.has(call.path[0])) return false
    this.#listener({ data: call })
    return true
  }
}

/** A copy of a request with own fields alone, if it is a call with a path of one name. */
function readCall(request: unknown): CallRequest | undefined {
  if (typeof request !== 'object' || request === null) return undefined
  const { id, type, path, argumentList } = request as Partial<CallRequest>
  if (typeof id !== 'string' || type !== 'APPLY' || !Array.isArray(path) || !Array.isArray(argumentList))
    return undefined
  const [method] = path as readonly unknown[]
  const [argument] = argumentList as readonly Partial<CallRequest['argumentList'][0]>[]
  if (path.length !== 1 || typeof method !== 'string' || argumentList.length !== 1) return undefined
  if (argument?.type !== 'RAW' || !Array.isArray(argument.value)) return undefined
  return { id, type, path: [method], argumentList: [{ type: 'RAW', value: argument.value as readonly unknown[] }] }
}
