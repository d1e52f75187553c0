import { types } from 'node:util'
import { TroupeError, isTroupeError } from '../contract/errors.ts'
import type { WireError } from '../contract/wire-error.ts'
import { withoutStack } from './without-stack.ts'

const MAX_TEXT = 64 * 1024
const MAX_DEPTH = 8
const MAX_FIELDS = 64
const MAX_ERRORS = 256
// What V8 begins each line of a stack with that is no part of the message.
const FRAME = '\n    at '
const NOT_FIELDS = new Set(['name', 'message', 'stack', 'cause', '__proto__'])
const OF_TROUPE_ERROR = new Set(['code', 'outcome', 'retryable', 'serviceId', 'requestId', 'details'])
const ERRORS = new Set(['errors'])
const NATIVE = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError } as const

/** Turns whatever was thrown into plain, clonable words: anything at all may be thrown, a Proxy that throws included. */
export function toWireError(thrown: unknown): WireError {
  return wireOf(thrown, 0, MAX_ERRORS)
}

/** `room` is how many errors may lie below: causes and lists of errors that lead back to themselves would never end. */
function wireOf(thrown: unknown, depth: number, room: number): WireError {
  try {
    return isError(thrown) ? wireOfError(thrown, depth, room) : wireOfValue(thrown)
  } catch {
    return { name: 'Error', message: 'An error that cannot be read was thrown' }
  }
}

/** The message of an error, whatever its class has made of it. */
export function messageOf(error: Error): string {
  return text(error, 'message') ?? 'An error whose message cannot be read was thrown'
}

/** Rebuilds the error that `toWireError` took apart: a `TroupeError` where it was one, else the nearest native class. */
export function fromWireError(wire: WireError, about: { serviceId?: string; requestId?: string } = {}): Error {
  return withoutStack(() => rebuild(wire, about))
}

function rebuild(wire: WireError, about: { serviceId?: string; requestId?: string } = {}): Error {
  const cause = wire.cause && { cause: rebuild(wire.cause) }
  if (wire.troupe) {
    const { code, outcome, retryable, details } = wire.troupe
    const error = new TroupeError(code, wire.message, { outcome, retryable, details, ...about, ...cause })
    const stack = wire.stack ?? stackOfCause(error)
    if (stack !== undefined) error.stack = stack
    return error
  }
  const Native = Object.hasOwn(NATIVE, wire.name) ? NATIVE[wire.name as keyof typeof NATIVE] : Error
  const error = wire.errors
    ? new AggregateError(
        wire.errors.map((one) => rebuild(one)),
        wire.message,
        cause,
      )
    : new Native(wire.message, cause)
  // Assigned, which asks for no stack first: to define one does, and V8 then makes it.
  error.stack = wire.stack ?? `${wire.name}: ${wire.message}`
  if (error.name !== wire.name) define(error, 'name', wire.name, false)
  if (wire.fields) for (const [key, value] of Object.entries(wire.fields)) define(error, key, value, true)
  if (wire.thrown) define(error, 'thrown', wire.thrown.value, true)
  return error
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
}

function isError(value: unknown): value is Error {
  return !types.isProxy(value) && (types.isNativeError(value) || value instanceof Error)
}

function wireOfError(error: Error, depth: number, room: number): WireError {
  const troupe = text(error, 'name') === 'TroupeError' && isTroupeError(error) ? error : undefined
  const errors = errorsOf(error)
  const fields = clonableFields(error, troupe ? OF_TROUPE_ERROR : errors ? ERRORS : undefined)
  const stack = stackOf(error, troupe !== undefined)
  const cause = Object.hasOwn(error, 'cause') ? read(error, 'cause') : undefined
  const share = Math.floor(room / ((errors?.length ?? 0) + (cause === undefined ? 0 : 1)))
  const goesOn = depth < MAX_DEPTH - 1 && share > 0
  return {
    name: text(error, 'name') ?? 'Error',
    message: messageOf(error),
    ...(stack === undefined ? undefined : { stack }),
    ...(fields && { fields }),
    ...(goesOn && cause !== undefined && { cause: wireOf(cause, depth + 1, share) }),
    ...(goesOn && errors && { errors: errors.map((one) => wireOf(one, depth + 1, share)) }),
    ...(troupe && {
      troupe: {
        code: troupe.code,
        outcome: troupe.outcome,
        retryable: troupe.retryable,
        details: clonable(troupe.details)?.value,
      },
    }),
  }
}

/** The errors that an error gathers; whatever else it calls `errors` is a field of its own. */
function errorsOf(error: Error): readonly unknown[] | undefined {
  try {
    const { errors } = error as Partial<AggregateError>
    if (!Array.isArray(errors)) return undefined
    const first: readonly unknown[] = errors.slice(0, MAX_FIELDS)
    return error instanceof AggregateError || first.some(isError) ? first : undefined
  } catch {
    return undefined
  }
}

function wireOfValue(thrown: unknown): WireError {
  const copy = clonable(thrown)
  return { name: 'Error', message: cut(`Threw ${describe(thrown)}`), ...(copy && { thrown: copy }) }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : value
  if (typeof value === 'symbol') return value.toString()
  if (typeof value === 'function') return 'a function'
  if (types.isProxy(value)) return 'a Proxy'
  if (typeof value === 'object' && value !== null) {
    const message = text(value, 'message')
    return message === undefined ? 'an object that is no Error' : `an object that is no Error: ${message}`
  }
  return String(value)
}

function clonableFields(error: Error, without?: ReadonlySet<string>): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = {}
  let count = 0
  for (const key of Object.keys(error)) {
    if (NOT_FIELDS.has(key) || without?.has(key)) continue
    const copy = clonable(read(error, key))
    if (!copy) continue
    fields[key] = copy.value
    if (++count === MAX_FIELDS) break
  }
  return count > 0 ? fields : undefined
}

function clonable(value: unknown): { value: unknown } | undefined {
  if (typeof value === 'string') return { value: cut(value) }
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null) return { value }
  try {
    return { value: shallowCopy(value) ?? structuredClone(value) }
  } catch {
    return undefined
  }
}

/** Of a plain object that holds plain texts, numbers and booleans, as most details are: a quarter of what a clone costs. */
function shallowCopy(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || types.isProxy(value) || Object.getPrototypeOf(value) !== Object.prototype)
    return undefined
  if (Object.prototype.toString.call(value) !== '[object Object]') return undefined
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value as object)) {
    const item = (value as Record<string, unknown>)[key]
    const isPlain = typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean'
    if (!isPlain || key === '__proto__') return undefined
    copy[key] = item
  }
  return copy
}

function read(from: object, key: string): unknown {
  try {
    return (from as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

/** The stack; of an error of this runtime that was made without one, nothing: that of its cause stands for it. */
function stackOf(error: Error, isTroupe: boolean): string | undefined {
  const stack = text(error, 'stack')
  return isTroupe && stack?.includes(FRAME) === false ? undefined : stack
}

/** Where the code was that an error of this runtime speaks of: its cause knows. */
function stackOfCause({ name, message, cause }: Error): string | undefined {
  const stack = types.isNativeError(cause) ? text(cause, 'stack') : undefined
  const frames = stack?.indexOf(FRAME) ?? -1
  return frames < 0 ? undefined : `${name}: ${message}${stack!.slice(frames)}`
}

function text(from: object, key: string): string | undefined {
  const value = read(from, key)
  return typeof value === 'string' ? cut(value) : undefined
}

function cut(value: string): string {
  return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}… (${value.length} characters)` : value
}
