import { describe, expect, it } from 'vitest'
import { fromWireError, toWireError } from '../../../src/kernel/wire-error.ts'

const KIB = 1024

function crossed(thrown: unknown): Error & Record<string, unknown> {
  return fromWireError(structuredClone(toWireError(thrown))) as never
}

function breaking(): never {
  throw new Error('Broke')
}

const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, breaking]))

describe('toWireError of what is no error', () => {
  it.each<[string, unknown, string]>([
    ['null', null, 'Threw null'],
    ['undefined', undefined, 'Threw undefined'],
    ['zero', 0, 'Threw 0'],
    ['an empty string', '', 'Threw an empty string'],
    ['a string', 'just words', 'Threw just words'],
    ['a bigint', 7n, 'Threw 7'],
    ['a plain object', { code: 7 }, 'Threw an object that is no Error'],
    ['an object with a message', { message: 'Words', code: 7 }, 'Threw an object that is no Error: Words'],
    ['a frozen object', Object.freeze({ code: 7 }), 'Threw an object that is no Error'],
    ['a list', [1, [2]], 'Threw an object that is no Error'],
  ])('says so and keeps it: %s', (_, thrown, message) => {
    const back = crossed(thrown)
    expect(back).toBeInstanceOf(Error)
    expect(back.message).toBe(message)
    expect(back.stack).toBe(`Error: ${message}`)
    expect(Object.hasOwn(back, 'thrown')).toBe(true)
    expect(back['thrown']).toEqual(thrown)
  })

  it.each<[string, unknown, string]>([
    ['a symbol', Symbol('sign'), 'Threw Symbol(sign)'],
    ['a function', breaking, 'Threw a function'],
    ['a class', class Thing {}, 'Threw a function'],
    ['an object with a function', { run: breaking }, 'Threw an object that is no Error'],
    [
      'an object whose getters throw',
      Object.defineProperty({}, 'message', { get: breaking, enumerable: true }),
      'Threw an object that is no Error',
    ],
    ['a Proxy', new Proxy({}, {}), 'Threw a Proxy'],
    ['a Proxy of an error', new Proxy(new Error('Hidden'), {}), 'Threw a Proxy'],
    ['a Proxy that throws', new Proxy({}, traps), 'Threw a Proxy'],
    ['a Proxy of a function', new Proxy(breaking, traps), 'Threw a function'],
    ['a Proxy that was revoked', revoked(), 'Threw a Proxy'],
    [
      'an object with a Proxy for a prototype',
      Object.create(new Proxy({}, traps)),
      'An error that cannot be read was thrown',
    ],
  ])('says so and keeps nothing of what cannot be cloned: %s', (_, thrown, message) => {
    const back = crossed(thrown)
    expect(back).toBeInstanceOf(Error)
    expect(back.message).toBe(message)
    expect(Object.hasOwn(back, 'thrown')).toBe(false)
  })

  it('keeps a cause that is no error', () => {
    const back = crossed(new Error('Top', { cause: { code: 7 } }))
    expect(back.cause).toBeInstanceOf(Error)
    expect(back.cause).toMatchObject({ thrown: { code: 7 } })
    expect(crossed(new Error('Top', { cause: null })).cause).toMatchObject({ message: 'Threw null', thrown: null })
    expect(Object.hasOwn(crossed(new Error('Top', { cause: undefined })), 'cause')).toBe(false)
  })
})

describe('toWireError of a hostile error', () => {
  it('takes a frozen one', () => {
    const frozen = Object.freeze(Object.assign(new TypeError('Frozen'), { code: 7 }))
    expect(crossed(frozen)).toMatchObject({ name: 'TypeError', message: 'Frozen', code: 7, stack: frozen.stack })
  })

  it.each(['name', 'message', 'stack', 'cause', 'errors', 'code'] as const)(
    'keeps the rest where reading its %s throws',
    (key) => {
      const error = Object.assign(new Error('Words', { cause: new Error('Cause') }), { kept: 1 })
      Object.defineProperty(error, key, { get: breaking, enumerable: true })
      const back = crossed(error)
      expect(back.message).toBe(key === 'message' ? 'An error whose message cannot be read was thrown' : 'Words')
      expect(back.name).toBe('Error')
      expect(back['kept']).toBe(1)
      expect(typeof back.stack).toBe('string')
      expect(Object.hasOwn(back, 'cause')).toBe(key !== 'cause')
    },
  )

  it.each([1, null, Symbol('text'), {}, breaking])('puts text where name, message and stack are none: %s', (value) => {
    const error = Object.assign(new Error('Words'), { name: value, message: value, stack: value })
    expect(toWireError(error)).toEqual({
      name: 'Error',
      message: 'An error whose message cannot be read was thrown',
    })
  })

  it('survives a list of errors and a cause that are hostile Proxies', () => {
    const error = Object.assign(new Error('Words', { cause: new Proxy({}, traps) }), { errors: new Proxy([], traps) })
    expect(crossed(error)).toMatchObject({ message: 'Words', cause: { message: 'Threw a Proxy' } })
  })

  it('cuts message, stack, fields and thrown texts of 50 MB at 64 KiB', () => {
    const text = 'x'.repeat(50 * KIB * KIB)
    const error = Object.assign(new Error(text), { note: text })
    const back = crossed(error)
    for (const value of [back.message, back.stack!, back['note'] as string, crossed(text).message]) {
      expect(value.length).toBeGreaterThanOrEqual(64 * KIB)
      expect(value.length).toBeLessThan(65 * KIB)
      expect(value).toMatch(/… \(\d{8} characters\)$/)
    }
    expect(back.message.startsWith('x'.repeat(64 * KIB))).toBe(true)
    expect(back.message).toContain(`(${text.length} characters)`)
    expect((crossed(text)['thrown'] as string).length).toBeLessThan(65 * KIB)
    expect(crossed('y'.repeat(64 * KIB))['thrown']).toBe('y'.repeat(64 * KIB))
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
