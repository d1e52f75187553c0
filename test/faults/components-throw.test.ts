import type { EngineName } from 'troupe'
import { describe, expect, test } from 'vitest'
import { batch, engines, errorOf, quickOnes, valueOf } from './batches.ts'
import { withTail } from './tail.ts'

const services = { throwing: { module: './throwing.mjs', class: 'Throwing' } }
const warmUp = quickOnes('throwing')
const BAD = 6

/** Runs a batch of 16 whose seventh fails; the others must end well, in the thread in which the failure was. */
async function failureIn(engine: EngineName, special: object, judge: (error: ReturnType<typeof errorOf>) => void) {
  await withTail({ services }, { engine, workers: 1, warmUp }, async (supervisor) => {
    const [first] = await supervisor.executeMany(batch('throwing', 1))
    const { threadId } = valueOf<{ threadId: number }>(first)
    const outcomes = await supervisor.executeMany(batch('throwing', 16, { [BAD]: special }))
    for (const [n, outcome] of outcomes.entries()) {
      if (n !== BAD) expect(outcome).toEqual({ ok: true, value: { n, threadId } })
    }
    const error = errorOf(outcomes[BAD])
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'TroupeError',
      code: 'COMPONENT_FAILED',
      outcome: 'failed',
      serviceId: 'throwing',
      requestId: expect.any(String),
    })
    expect(error.cause).toBeInstanceOf(Error)
    judge(error)
    expect(supervisor.stats().pools['default']).toMatchObject({ workers: 1, restarts: 0 })
  })
}

/** The messages down a chain of causes. */
function chainOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...chainOf(error.cause)] : []
}

describe.each(engines)('K05 an error of the component, on %s,', (engine) => {
  test('keeps name, message, stack, code, own fields and its causes', async () => {
    await failureIn(engine, { throws: 'rich' }, (error) => {
      expect(error.message).toBe('cannot price')
      const cause = error.cause as Error
      expect(cause).toMatchObject({ name: 'PricingError', code: 'E_PRICING', strike: 100, legs: [{ k: 1 }] })
      expect(cause.stack).toContain('throwing.mjs')
      expect(chainOf(cause)).toEqual(['cannot price', 'no spot', 'out of range', 'the root'])
      expect(cause.cause).toBeInstanceOf(TypeError)
      expect((cause.cause as Error).cause).toBeInstanceOf(RangeError)
    })
  })

  test('keeps the errors of an AggregateError', async () => {
    await failureIn(engine, { rejects: 'aggregate' }, (error) => {
      const cause = error.cause as AggregateError
      expect(cause).toBeInstanceOf(AggregateError)
      expect(cause.message).toBe('several')
      expect(cause.errors[0]).toBeInstanceOf(TypeError)
      expect(cause.errors).toMatchObject([
        { name: 'TypeError', message: 'first' },
        { name: 'PricingError', message: 'second', code: 'E_PRICING' },
        { message: 'Threw third' },
      ])
    })
  })

  test('keeps eight of a longer chain of causes', async () => {
    await failureIn(engine, { throws: 'chain of 12' }, (error) => {
      expect(chainOf(error)).toHaveLength(8)
      expect(chainOf(error).slice(-1)[0]).toBe('level 6')
    })
  })
})

const anything: readonly [string, { readonly message?: string | RegExp; readonly thrown?: unknown }][] = [
  ['null', { message: 'Threw null', thrown: null }],
  ['undefined', { message: 'Threw undefined', thrown: undefined }],
  ['zero', { message: 'Threw 0', thrown: 0 }],
  ['empty string', { message: 'Threw an empty string', thrown: '' }],
  ['string', { message: 'Threw just words', thrown: 'just words' }],
  ['symbol', { message: 'Threw Symbol(sign)' }],
  ['function', { message: 'Threw a function' }],
  ['plain object', { message: /no error/, thrown: { message: 'no error', code: 7 } }],
  ['frozen object', { thrown: { a: 1 } }],
  ['frozen error', { message: 'frozen' }],
  ['Proxy', { message: 'Threw a Proxy' }],
  ['hostile Proxy', { message: 'Threw a Proxy' }],
  ['circular error', { message: 'circular' }],
  ['error with a message that cannot be read', { message: /cannot be read/ }],
]

describe.each(engines)('K06 on %s', (engine) => {
  describe.each(['throws', 'rejects'])('a component that %s', (how) => {
    test.each(anything)('%s', async (kind, expected) => {
      await failureIn(engine, { [how]: kind }, (error) => {
        if (expected.message !== undefined) expect(error.message).toMatch(expected.message)
        const details = error.details as Record<string, unknown>
        expect(Object.hasOwn(details, 'thrown')).toBe(Object.hasOwn(expected, 'thrown'))
        expect(details['thrown']).toEqual(expected.thrown)
      })
    })

    test.each(['error with a message of 50 MB', 'string of 50 MB'])('%s is cut at 64 KiB', async (kind) => {
      await failureIn(engine, { [how]: kind }, (error) => {
        expect(error.message).toMatch(/^(Threw )?[ms]{1000}/)
        expect(error.message.length).toBeLessThan(65 * 1024)
        expect(error.stack!.length).toBeLessThan(65 * 1024)
        expect(JSON.stringify(error.details).length).toBeLessThan(65 * 1024)
      })
    })
  })
})
