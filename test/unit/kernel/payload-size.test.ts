import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { payloadSize } from '../../../src/kernel/payload-size.ts'

const shared = { text: 'x'.repeat(1000) }
const cyclic: Record<string, unknown> = { name: 'loop' }
cyclic['self'] = [cyclic]
const buffer = new ArrayBuffer(4096)

describe('payloadSize', () => {
  it.each<[string, unknown, number]>([
    ['a number', 1.5, 8],
    ['a text in UTF-8', 'héé', 5],
    ['null', null, 1],
    ['undefined', undefined, 1],
    ['a bigint of 128 bits', 2n ** 127n, 16],
    ['an object by keys and values', { ab: 1, c: 'de' }, 8 + 2 + 8 + 1 + 2],
    ['a list', [1, 2], 8 + 2 + 16],
    ['a typed array', new Float64Array(100), 8 + 8 + 800],
    ['views of one buffer once', [new Uint8Array(buffer), new Float64Array(buffer)], 8 + 2 + 8 + 8 + 8 + 4096],
    ['shared memory, which is not copied', new Float64Array(new SharedArrayBuffer(8000)), 16],
    ['a Map', new Map([['key', 'value']]), 8 + 3 + 5],
    ['a Set', new Set(['one', 'two']), 8 + 6],
    ['a date', new Date(), 8],
    ['an object that occurs twice, once', [shared, shared], 8 + 2 + 8 + 4 + 1000],
    ['a cycle', cyclic, 8 + 4 + 4 + 4 + 8 + 1],
  ])('counts %s', (_, value, expected) => {
    expect(payloadSize(value)).toBe(expected)
  })

  it('ends early above the limit, even for a huge list of holes', () => {
    expect(payloadSize(Object.assign([], { length: 2 ** 31 }), 1000)).toBeGreaterThan(1000)
    expect(payloadSize('x'.repeat(2 ** 20), 10)).toBeGreaterThan(10)
    let opened = 0
    const counting = Array.from({ length: 1000 }, () => ({
      get text() {
        opened++
        return 'x'.repeat(100)
      },
    }))
    expect(payloadSize(counting, 20_000)).toBeGreaterThan(20_000)
    expect(opened).toBeLessThan(200)
  })

  it('needs no stack for a deep value', () => {
    let deep: unknown = 'end'
    for (let depth = 0; depth < 100_000; depth++) deep = { deep }
    expect(payloadSize(deep)).toBe(100_000 * 12 + 3)
  })

  it('passes over a getter that throws', () => {
    const hostile = {
      get field(): never {
        throw new Error('Broke')
      },
    }
    expect(payloadSize([hostile, 'text'])).toBeGreaterThan(4)
  })

  it('is over a limit exactly when the whole size is', () => {
    fc.assert(
      fc.property(fc.anything({ withTypedArray: true, withMap: true, withSet: true }), fc.nat(500), (value, limit) => {
        expect(payloadSize(value, limit) > limit).toBe(payloadSize(value) > limit)
      }),
    )
  })
})
