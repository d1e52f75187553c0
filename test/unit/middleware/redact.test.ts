import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../../../src/middleware/redact.ts'

const redact = createRedactor(['Card_Number'])
const hidden = ['authorization', 'Password', 'TOKEN', 'secret', 'api_key', 'apiKey', 'API-KEY', 'cookie', 'cardNumber']
const MARK = 'leaked-value'

describe('createRedactor', () => {
  it('never lets the value of a hidden key out, at any depth, in any container', () => {
    const secret = fc.constantFrom<unknown>(MARK, { deep: [MARK] }, [MARK], new Map([['x', MARK]]), new Set([MARK]))
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 12 },
        fc.string(),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
        fc.tuple(fc.constantFrom(...hidden), secret, tie('tree')).map(([key, value, rest]) => ({ [key]: value, rest })),
        fc.tuple(fc.constantFrom(...hidden), secret).map(([key, value]) => new Map([[key, value]])),
        tie('tree').map((item) => new Set([item])),
        fc
          .tuple(fc.constantFrom(...hidden), secret, tie('tree'))
          .map(([key, value, cause]) => Object.assign(new Error('Broke', { cause }), { [key]: value })),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        const copy = redact(value)
        expect(JSON.stringify(copy) ?? '').not.toContain(MARK)
        expect(structuredClone(copy)).toEqual(copy)
      }),
    )
  })

  it('keeps what is not hidden', () => {
    const value = { text: 'a', number: 1, list: [true, null, 2n], date: new Date(0), nested: { tokens: 3 } }
    expect(redact(value)).toEqual(value)
  })

  it('does not change the original', () => {
    const value = { password: 'x', nested: { token: 'y' } }
    redact(value)
    expect(value).toEqual({ password: 'x', nested: { token: 'y' } })
  })

  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = { cyclic }
  const hostile = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error('Broke')
      },
    },
  )
  it.each<[string, unknown, unknown]>([
    ['cycles', cyclic, { self: { cyclic: '[circular]' } }],
    ['functions and symbols', [() => 1, Symbol('x')], ['[function]', '[symbol]']],
    [
      'binary',
      { a: new Float64Array(4), b: Buffer.alloc(3) },
      { a: '[Float64Array of 32 bytes]', b: '[Buffer of 3 bytes]' },
    ],
    ['hostile objects', { hostile }, { hostile: '[unreadable]' }],
    ['long texts', 'x'.repeat(5000), `${'x'.repeat(4096)}…`],
    ['null', null, null],
  ])('copes with %s', (_, value, expected) => {
    expect(redact(value)).toEqual(expected)
  })

  it('bounds depth, width, and graphs that share their parts', () => {
    let deep: unknown = 'end'
    for (let level = 0; level < 100_000; level++) deep = { deep }
    expect(JSON.stringify(redact(deep))).toContain('[more]')
    expect(redact(Array(200).fill(0))).toHaveLength(101)
    expect(
      Object.keys(redact(Object.fromEntries(Array.from({ length: 200 }, (_, key) => [`k${key}`, key]))) as object),
    ).toHaveLength(101)
    let shared: unknown = 'end'
    for (let level = 0; level < 8; level++) shared = Array(50).fill(shared)
    expect(JSON.stringify(redact(shared)).length).toBeLessThan(1_000_000)
  })

  it('gives a key __proto__ no power', () => {
    const copy = redact(JSON.parse('{"__proto__":{"admin":true}}')) as { admin?: boolean }
    expect(copy.admin).toBeUndefined()
    expect(Object.keys(copy)).toEqual(['__proto__'])
  })
})
