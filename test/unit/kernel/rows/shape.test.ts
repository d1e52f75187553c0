import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ROW_NUMBERS } from '../../../../src/kernel/rows/row-area.ts'
import { type ShapeCodec, compileShape, shapeFromKey } from '../../../../src/kernel/rows/shape-codec.ts'
import type { TextSink } from '../../../../src/kernel/rows/texts.ts'
import { shapeOf } from '../../../../src/kernel/rows/shape.ts'
import { nearMiss, shapes } from './arbitrary-values.ts'
import { isSame } from './sameness.ts'

const seed = 77

class Texts implements TextSink {
  texts: string[] = []
  put(_column: number, text: string): boolean {
    this.texts.push(text)
    return true
  }
  mark(): number {
    return this.texts.length
  }
  reset(mark: number): void {
    this.texts.length = mark
  }
  take(): string {
    return this.texts.shift()!
  }
}

function writes(codec: ShapeCodec, value: unknown): boolean {
  return codec.write(value as object, new Float64Array(ROW_NUMBERS), 0, new Texts())
}

describe('shapeOf', () => {
  it('names the keys in order and the types of leaves', () => {
    expect(shapeOf({ b: 1, a: 'x', 1: true, in: { n: null, u: undefined }, l: [1, 'x', null] })).toEqual([
      ['1', 'boolean'],
      ['b', 'number'],
      ['a', 'string'],
      [
        'in',
        [
          ['n', 'null'],
          ['u', 'undefined'],
        ],
      ],
      ['l', 'list'],
    ])
  })

  const shared = { x: 1 }
  const cyclic: Record<string, unknown> = { x: 1 }
  cyclic['self'] = cyclic
  const deep = { a: { a: { a: { a: { a: 1 } } } } }
  const wide = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, index]))

  it.each<[string, unknown]>([
    ['a number', 1],
    ['null', null],
    ['an empty object', {}],
    ['an empty object within', { a: {} }],
    ['a list', [1]],
    ['a Proxy', new Proxy({ a: 1 }, {})],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['a bigint', { a: 1n }],
    ['a function', { a: () => 1 }],
    ['a list that occurs twice', ((list) => ({ a: list, b: list }))([1])],
    ['a list in a list', { a: [[1]] }],
    ['a list of a class of its own', { a: class extends Array {}.of(1) }],
    ['a list of objects', { a: [{ b: 1 }] }],
    ['a list with a hole', { a: Object.assign([1], { length: 2 }) }],
    ['a list with a field of its own', { a: Object.assign([1], { b: 2 }) }],
    ['a list with a getter', { a: Object.defineProperty([1], 0, { get: () => 1 }) }],
    ['a getter', Object.defineProperty({}, 'a', { get: () => 1, enumerable: true })],
    ['an own __proto__', JSON.parse('{"__proto__":1}')],
    ['an object that occurs twice', { a: shared, b: shared }],
    ['a cycle', cyclic],
    ['five levels', deep],
    ['65 leaves', wide],
    [
      'arguments',
      (function (..._: number[]): unknown {
        // oxlint-disable-next-line prefer-rest-params
        return arguments
      })(1, 2),
    ],
    [
      'a Map with the prototype of an object',
      Object.assign(Object.setPrototypeOf(new Map(), Object.prototype), { a: 1 }),
    ],
    ['a buffer like that', Object.assign(Object.setPrototypeOf(new ArrayBuffer(8), Object.prototype), { a: 1 })],
    ['a promise like that', Object.assign(Object.setPrototypeOf(Promise.resolve(), Object.prototype), { a: 1 })],
  ])('is undefined for %s', (_, value) => {
    expect(shapeOf(value)).toBeUndefined()
  })
})

describe('compileShape', () => {
  it('writes and reads every value of its shape, at any place, by code that a key cannot break', () => {
    fc.assert(
      fc.property(
        shapes.chain((values) => fc.tuple(values, values)),
        fc.nat(5),
        (pair, at) => {
          const shape = shapeOf(pair[0])!
          const codec = compileShape(shape)
          const there = compileShape(shapeFromKey(codec.key))
          expect(there.shape).toEqual(shape)
          const numbers = new Float64Array(at + (codec.hasLists ? ROW_NUMBERS : codec.numbers) + 1).fill(0.5)
          for (const value of pair) {
            const texts = new Texts()
            expect(codec.write(value, numbers, at, texts)).toBe(true)
            expect(isSame(there.read(numbers, at, texts), structuredClone(value))).toBe(true)
            expect(texts.texts).toEqual([])
          }
          expect(numbers.subarray(0, at).every((number) => number === 0.5)).toBe(true)
          expect(numbers.at(-1)).toBe(0.5)
        },
      ),
      { seed, numRuns: 500 },
    )
  })

  it('refuses what is near its shape but not of it', () => {
    fc.assert(
      fc.property(
        shapes.chain((values) => fc.tuple(values, values)),
        nearMiss,
        ([first, value], turn) => {
          const codec = compileShape(shapeOf(first)!)
          const near = turn(value)
          const numbers = new Float64Array(ROW_NUMBERS)
          const texts = new Texts()
          if (codec.write(near as object, numbers, 0, texts))
            expect(isSame(codec.read(numbers, 0, texts), structuredClone(near))).toBe(true)
          else expect(texts.texts).toEqual([])
        },
      ),
      { seed, numRuns: 2500 },
    )
  })

  it('reads each member once, in order', () => {
    const codec = compileShape(shapeOf({ a: 1, b: { c: 'x' }, d: 2 })!)
    const asked: string[] = []
    const say = (name: string, value: unknown) => {
      asked.push(name)
      return value
    }
    const value = {
      get a() {
        return say('a', 1)
      },
      get b() {
        return say('b', {
          get c() {
            return say('c', 'x')
          },
        })
      },
      get d() {
        return say('d', 2)
      },
    }
    expect(writes(codec, value)).toBe(true)
    expect(asked).toEqual(['a', 'b', 'c', 'd'])
  })

  it.each<[string, object]>([
    ['a typed array', Uint8Array.of(7)],
    ['a list', [7]],
    ['a Date', Object.assign(new Date(), { 0: 7 })],
    ['an Error', Object.assign(new Error('x'), { 0: 7 })],
    ['a boxed number', Object.assign(Object(4) as object, { 0: 7 })],
  ])('refuses %s that has the prototype and the keys of a plain object', (_, exotic) => {
    const codec = compileShape(shapeOf({ 0: 7 })!)
    expect(writes(codec, { 0: 7 })).toBe(true)
    expect(writes(codec, Object.setPrototypeOf(exotic, Object.prototype))).toBe(false)
  })

  it('asks a proxy nothing', () => {
    const codec = compileShape(shapeOf({ a: 1 })!)
    const traps = new Proxy({}, { get: (_, trap) => expect.unreachable(String(trap)) })
    expect(writes(codec, new Proxy({ a: 1 }, traps))).toBe(false)
  })

  it('refuses one object in two places, even where a getter puts it there', () => {
    const twins = compileShape(shapeOf({ a: { x: 1 }, b: { x: 1 } })!)
    const shared = { x: 1 }
    expect(writes(twins, { a: shared, b: shared })).toBe(false)
    expect(writes(twins, { a: shared, b: { x: 1 } })).toBe(true)
  })

  it('takes its texts back where one finds no room', () => {
    const codec = compileShape(shapeOf({ a: 'x', b: 'y' })!)
    const texts = new Texts()
    texts.put = function (column, text) {
      this.texts.push(text)
      return column === 0
    }
    expect(codec.write({ a: 'one', b: 'two' }, new Float64Array(0), 0, texts)).toBe(false)
    expect(texts.texts).toEqual([])
  })
})
