import { describe, expect, it } from 'vitest'
import { TroupeError } from '../../../src/contract/errors.ts'
import { fromWireError, toWireError } from '../../../src/kernel/wire-error.ts'
import { withoutStack } from '../../../src/kernel/without-stack.ts'

/** Across the thread, as it is: taken apart, cloned, rebuilt. */
function crossed(thrown: unknown): Error & Record<string, unknown> {
  return fromWireError(structuredClone(toWireError(thrown))) as never
}

class PricingError extends RangeError {
  override readonly name = 'PricingError'
  readonly code = 'E_PRICING'
  readonly legs = [{ strike: 100 }, new Date(0)]
}

function breaking(): never {
  throw new Error('Broke')
}

/** The messages down a chain of causes. */
function chainOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...chainOf(error.cause)] : []
}

describe('toWireError and fromWireError', () => {
  it('keep name, message, stack, code and own fields of a subclass', () => {
    const error = new PricingError('No spot')
    const back = crossed(error)
    expect(back).toBeInstanceOf(Error)
    expect(back).toMatchObject({ name: 'PricingError', message: 'No spot', code: 'E_PRICING', legs: error.legs })
    expect(back.stack).toBe(error.stack)
    expect(Object.keys(back).toSorted()).toEqual(['code', 'legs'])
  })

  it.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    'keep the class of a native error: %s',
    (Native) => {
      const back = crossed(new Native('Native'))
      expect(back.constructor).toBe(Native)
      expect(Object.keys(back)).toEqual([])
      expect(Object.hasOwn(back, 'name')).toBe(false)
      expect(Object.hasOwn(back, 'cause')).toBe(false)
    },
  )

  it('show the stack of its cause for a TroupeError that was made without one', () => {
    const cause = new RangeError('No such strike')
    const error = withoutStack(() => new TroupeError('COMPONENT_FAILED', 'No such strike', { cause }))
    const back = crossed(error)
    expect(back.stack).toBe(cause.stack!.replace('RangeError', 'TroupeError'))
    const causeless = crossed(withoutStack(() => new TroupeError('COMPONENT_FAILED', 'No such strike')))
    expect(causeless.stack).toBe('TroupeError: No such strike')
  })

  it('keep a TroupeError with code, outcome, retryable, details and cause', () => {
    const details = { step: 'x', nested: [1] }
    const error = new TroupeError('MIDDLEWARE_ERROR', 'Broke', {
      outcome: 'not_started',
      retryable: true,
      details,
      cause: new TypeError('Why'),
    })
    const back = fromWireError(structuredClone(toWireError(error)), { serviceId: 's', requestId: 'r' })
    expect(back).toBeInstanceOf(TroupeError)
    expect(back).toMatchObject({ code: 'MIDDLEWARE_ERROR', outcome: 'not_started', retryable: true, details })
    expect(back).toMatchObject({ message: 'Broke', stack: error.stack, serviceId: 's', requestId: 'r' })
    expect(back.cause).toBeInstanceOf(TypeError)
  })

  it('keep a name or code that is no TroupeError’s as it is', () => {
    const error = Object.assign(new Error('Not ours'), { name: 'TroupeError', code: 'NO_SUCH_CODE' })
    const back = crossed(error)
    expect(back).not.toBeInstanceOf(TroupeError)
    expect(back).toMatchObject({ name: 'TroupeError', code: 'NO_SUCH_CODE' })
  })

  it('keep a chain of causes, each with its class and fields', () => {
    const root = Object.assign(new RangeError('Root'), { limit: 3 })
    const back = crossed(new PricingError('Top', { cause: new TypeError('Middle', { cause: root }) }))
    expect(chainOf(back)).toEqual(['Top', 'Middle', 'Root'])
    expect((back.cause as Error).cause).toMatchObject({ name: 'RangeError', limit: 3 })
  })

  it('keep eight errors of a longer chain', () => {
    const chain = Array.from({ length: 12 }).reduce<Error>(
      (cause, _, index) => new Error(`Level ${11 - index}`, { cause }),
      new Error('Root'),
    )
    expect(chainOf(crossed(chain))).toEqual(Array.from({ length: 8 }, (_, index) => `Level ${index}`))
  })

  it('end where an error is its own cause', () => {
    const error: Error = new Error('Circular')
    error.cause = error
    expect(chainOf(crossed(error))).toEqual(Array(8).fill('Circular'))
  })

  it('keep the errors of an AggregateError, those that are none included', () => {
    const back = crossed(new AggregateError([new TypeError('First'), new PricingError('Second'), 'third'], 'Several'))
    expect(back).toBeInstanceOf(AggregateError)
    const errors = back['errors'] as Error[]
    expect(errors.map((error) => error.message)).toEqual(['First', 'Second', 'Threw third'])
    expect(errors[0]).toBeInstanceOf(TypeError)
    expect(errors[1]).toMatchObject({ name: 'PricingError', code: 'E_PRICING' })
    expect(errors[2]).toBeInstanceOf(Error)
    expect(errors[2]).toMatchObject({ thrown: 'third' })
    expect(Object.keys(back)).toEqual([])
  })

  it('keep 64 of the errors of an AggregateError', () => {
    const many = Array.from({ length: 100 }, (_, index) => new Error(`Error ${index}`))
    expect(crossed(new AggregateError(many, 'Many'))['errors']).toHaveLength(64)
  })

  it('end soon where errors of an AggregateError lead back to it', () => {
    const all = Object.assign(new AggregateError([], 'All'), { cause: new Error('Cause') })
    for (let index = 0; index < 64; index++) all.errors.push(new Error(`Part ${index}`, { cause: all }), all)
    const back = crossed(all)
    expect((back['errors'] as Error[]).slice(0, 3).map((error) => error.message)).toEqual(['Part 0', 'All', 'Part 1'])
    expect(JSON.stringify(toWireError(all)).length).toBeLessThan(2 ** 20)
  })

  it.each<[string, unknown]>([
    ['a list of plain objects', [{ path: 'a', message: 'must be a number' }]],
    ['an object', { name: { kind: 'required' } }],
    ['a number', 3],
  ])('keep a field called errors that is %s as it is, and the class of its error', (_, errors) => {
    const back = crossed(Object.assign(new TypeError('Invalid'), { errors }))
    expect(back.constructor).toBe(TypeError)
    expect(back['errors']).toEqual(errors)
  })

  it('keep errors that an error of any class gathers, once', () => {
    const back = crossed(Object.assign(new Error('Several'), { name: 'Bundle', errors: [new RangeError('One'), 2] }))
    expect(back).toMatchObject({ name: 'Bundle', errors: [expect.any(RangeError), expect.any(Error)] })
    expect(toWireError(Object.assign(new Error('Several'), { errors: [new Error('One')] })).fields).toBeUndefined()
  })

  it('leave out own fields that cannot be cloned or read, and those past 64', () => {
    const error = Object.assign(new Error('Fields'), { run: () => 1, kept: 1, of: { run: () => 1 }, sign: Symbol('s') })
    Object.defineProperty(error, 'broken', { enumerable: true, get: breaking })
    expect(toWireError(error).fields).toEqual({ kept: 1, broken: undefined })
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`field${index}`, index]))
    expect(Object.keys(crossed(Object.assign(new Error('Many'), many)))).toHaveLength(64)
  })

  it('keep own fields as they were thrown: a later change does not reach them', () => {
    const error = Object.assign(new Error('Mutable'), { list: [1] })
    const wire = toWireError(error)
    error.list.push(2)
    expect(wire.fields).toEqual({ list: [1] })
  })

  it('never touch a prototype, whatever the fields are called', () => {
    const error = new Error('Hostile')
    for (const key of ['__proto__', 'constructor', 'toString', 'then']) {
      Object.defineProperty(error, key, { value: { polluted: true }, enumerable: true })
    }
    const back = crossed(error)
    expect(Object.getPrototypeOf(back)).toBe(Error.prototype)
    expect(Object.keys(back).toSorted()).toEqual(['constructor', 'then', 'toString'])
    const wire = {
      name: '__proto__',
      message: 'm',
      fields: JSON.parse('{ "__proto__": { "polluted": true } }') as object,
    }
    expect(Object.getPrototypeOf(fromWireError(wire as never))).toBe(Error.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
