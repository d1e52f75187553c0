import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readableJson } from '../../../../src/experiment/outputs/readable-json.ts'

const textOf = (value: unknown) => [...readableJson(value)].join('')

describe('readableJson', () => {
  test('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(textOf(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('writes numbers as JavaScript does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(textOf({ value })).toBe(`{ "value": ${JSON.stringify(value)} }\n`)
      }),
    )
  })

  test('puts on one line what fits there, and fills lines with numbers', () => {
    const value = {
      name: 'x',
      interval: [1.5, 2.5],
      none: {},
      empty: [],
      numbers: Array.from({ length: 60 }, (_, at) => at),
    }
    expect(textOf(value)).toBe(
      `{
  "name": "x",
  "interval": [1.5, 2.5],
  "none": {},
  "empty": [],
  "numbers": [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59
  ]
}
`,
    )
  })

  test('has no line longer than 120 characters where no text is', () => {
    const lists = fc.array(fc.double(), { maxLength: 200 })
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(lists, fc.array(lists))), (value) => {
        for (const line of textOf(value).split('\n')) expect(line.length).toBeLessThanOrEqual(120)
      }),
    )
  })

  test('gives all that can be cloned a form', () => {
    const value = {
      typed: new Float64Array([1, NaN]),
      map: new Map([['a', 1]]),
      set: new Set([1]),
      date: new Date(0),
      infinite: -Infinity,
      big: 12n,
      absent: undefined,
      buffer: new ArrayBuffer(8),
    }
    expect(JSON.parse(textOf(structuredClone(value)))).toEqual({
      typed: [1, 'NaN'],
      map: [['a', 1]],
      set: [1],
      date: '1970-01-01T00:00:00.000Z',
      infinite: '-Infinity',
      big: '12n',
      buffer: '[8 bytes]',
    })
  })

  test('ends where a value contains itself, however often, or is very deep', () => {
    const own: Record<string, unknown> = {}
    own['first'] = own
    own['second'] = [own, own]
    expect(JSON.parse(textOf(own))).toEqual({ first: '[circular]', second: ['[circular]', '[circular]'] })
    let deep: unknown = 1
    for (let level = 0; level < 50_000; level++) deep = [deep]
    expect(textOf(deep)).toContain('[more than 100 levels]')
  })
})
