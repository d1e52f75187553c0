import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearShapes, trees } from './arbitrary-values.ts'
import { Crossing } from './crossing.ts'
import { isSame } from './sameness.ts'

const seed = 20_240_611
const A_WHILE = 60_000

/** Whether a value comes out as structured clone would bring it. */
function comesAsCloned(crossing: Crossing, value: unknown): boolean {
  const read = crossing.send(value)
  return read !== undefined && isSame(read[0], structuredClone(value))
}

/** Whether a value is refused, and what comes after it arrives as if it had not been. */
function isRefused(crossing: Crossing, value: unknown): boolean {
  const probe = { request_id: 'after', list: [1, 'one', null] }
  return crossing.send(value) === undefined && comesAsCloned(crossing, probe)
}

/** A pair of sides that is as good as new: no pair takes shapes and lists of keys without end. */
function renewed(): () => Crossing {
  let crossing = new Crossing()
  let uses = 0
  return () => {
    if (++uses % 40 === 0) crossing = new Crossing()
    return crossing
  }
}

describe('RowWriter', () => {
  it(
    'brings every value of a shape or near one as structured clone does, or refuses it',
    () => {
      const pair = renewed()
      let [taken, refused] = [0, 0]
      fc.assert(
        fc.property(nearShapes, (value) => {
          const read = pair().send(value)
          if (read === undefined) refused++
          else taken++
          expect(read === undefined || isSame(read[0], structuredClone(value))).toBe(true)
        }),
        { seed, numRuns: 1500 },
      )
      expect(taken).toBeGreaterThan(500)
      expect(refused).toBeGreaterThan(150)
    },
    A_WHILE,
  )

  it(
    'takes every plain value that is small enough, whatever its form',
    () => {
      const pair = renewed()
      fc.assert(
        fc.property(trees, (value) => {
          expect(comesAsCloned(pair(), value)).toBe(true)
        }),
        { seed, numRuns: 800 },
      )
    },
    A_WHILE,
  )

  it.each<[string, object]>([
    ['an empty list', []],
    ['a list', [1, 'one', true, false, null, undefined, -0, NaN, [[]]]],
    ['undefined, and what is absent', { a: undefined, b: [undefined] }],
    ['numbers at their limits', { a: 2 ** 53 + 2, b: [-(2 ** 60), 5e-324, -Infinity, 0.1 + 0.2] }],
    ['lone surrogates', { '\ud800': ['\udfff', 'x\ud83d', 'long enough for a native call \udc00'] }],
    ['odd keys', { '"': 1, "'": 2, '\n': 3, '\u2028\u2029': 4, '': [5], '`${x}`': 6, '\\': 7 }],
    ['keys like integers', { b: 1, 10: 2, a: [3], 2: 4, 4294967295: 5, '-1': 6, '01': 7 }],
    [
      'keys that every object inherits',
      { constructor: 1, toString: 'x', valueOf: [], hasOwnProperty: { propertyIsEnumerable: 1 } },
    ],
    ['a frozen object', Object.freeze({ list: Object.freeze([1]) })],
    ['a hidden member', Object.defineProperty({ a: [1] }, 'hidden', { value: 1 })],
    ['a symbol key', { a: [1], [Symbol('ignored')]: 1 }],
    ['a getter', { get a() { return [1] } }], // prettier-ignore
    ['16 levels', nest(16)],
    ['64 items', { list: Array.from({ length: 64 }, (_, index) => index) }],
    ['64 keys', Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`key${index}`, index]))],
    ['equal lists that are not the same', { a: [1], b: [1] }],
  ])('takes %s', (_, value) => {
    const crossing = new Crossing()
    // The second time its lists of keys are known.
    for (let time = 0; time < 3; time++) expect(comesAsCloned(crossing, value)).toBe(true)
  })

  const shared = { x: 1 }
  const list = [1]
  const cyclic: unknown[] = []
  cyclic.push({ cyclic })
  class Named {
    list = [1]
  }
  const traps = { get: () => expect.unreachable(), ownKeys: () => expect.unreachable() }
  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 1],
    ['a text', 'text'],
    ['an empty object', {}],
    ['an empty object within', [{}]],
    ['a date', { at: [new Date(0)] }],
    ['a bigint', [1n]],
    ['a function', [() => 1]],
    ['a symbol', [Symbol('no')]],
    ['a typed array', new Float64Array(2)],
    ['a typed array within', { xs: [new Uint8Array(2)] }],
    ['a buffer', [new ArrayBuffer(1)]],
    ['a view', [new DataView(new ArrayBuffer(1))]],
    ['a map', [new Map()]],
    ['an error', [new Error('x')]],
    ['a boxed number', [Object(1)]],
    ['a list with a hole', [1, , 3]], // oxlint-disable-line no-sparse-arrays
    ['a list with a field', Object.assign([1], { field: 1 })],
    ['a list with a hole and a field', Object.assign([, 1], { field: 1 })], // oxlint-disable-line no-sparse-arrays
    ['a list with a hidden item and a field', Object.assign(Object.defineProperty([], 0, { value: 1 }), { field: 1 })],
    ['a list of a class of its own', new (class extends Array {})()],
    ['a list of another realm', runInNewContext('[1]')],
    ['an instance of a class', new Named()],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { list: [1] })],
    ['an own __proto__', JSON.parse('{"list":[1],"__proto__":1}')],
    ['one object in two places', [shared, shared]],
    ['one list in two places', { a: list, b: list }],
    ['a cycle', cyclic],
    ['a proxy', new Proxy([1], traps)],
    ['a proxy within', [new Proxy({ a: 1 }, traps)]],
    ['17 levels', nest(17)],
    ['65 items', Array.from({ length: 65 }, () => 1)],
    ['65 keys', [Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`key${index}`, index]))]],
    ['33 objects', Array.from({ length: 33 }, () => [])],
    ['too many numbers', [1, 2, 3].map(() => Array.from({ length: 50 }, () => 1))],
    ['too long a text', ['x'.repeat(1025)]],
    ['too long a key', { ['x'.repeat(257)]: [1] }],
    [
      'arguments',
      (function (..._: number[]): unknown {
        // oxlint-disable-next-line prefer-rest-params
        return arguments
      })(1, 2),
    ],
  ])('refuses %s, and leaves nothing of it behind', (_, value) => {
    const crossing = new Crossing()
    for (let time = 0; time < 3; time++) expect(isRefused(crossing, value)).toBe(true)
  })

  it('writes a tag, up to its limit, with each value', () => {
    const { writer, reader } = new Crossing()
    for (const [index, value] of [{ a: 1 }, [1]].entries()) {
      expect(writer.write(0, index + 1, 2 ** 22 - 1, value)).toBe(true)
      expect(reader.tag(index + 1)).toBe(2 ** 22 - 1)
      expect(reader.take(index + 1)).toEqual(value)
    }
    expect(writer.write(0, 3, 2 ** 22, { a: 1 })).toBe(false)
    expect(reader.has(3)).toBe(false)
  })

  it('keeps nothing of a value whose getter threw after a key that was new', () => {
    const crossing = new Crossing()
    const value = { fresh: [{ key: 1 }], get bad(): unknown { throw new Error('no') } } // prettier-ignore
    expect(crossing.send(value)).toBeUndefined()
    expect(comesAsCloned(crossing, { fresh: [{ key: 2 }] })).toBe(true)
    expect(comesAsCloned(crossing, { fresh: [{ key: 2 }], bad: 3 })).toBe(true)
  })

  it('refuses a value whose getter shows a new key each time', () => {
    const crossing = new Crossing()
    let asked = 0
    const value = { list: [1], get odd() { return { [`key${asked++}`]: 1 } } } // prettier-ignore
    expect(crossing.send(value)).toBeUndefined()
    expect(comesAsCloned(crossing, [{ key0: 1 }, { key1: 1 }, { key2: 1 }, { list: [1], odd: { key0: 2 } }])).toBe(true)
  })

  it('brings what a getter says in the end, where it says another thing each time', () => {
    const crossing = new Crossing()
    let asked = 0
    const value = { list: [1], get odd() { return [asked++, `text ${asked}`] } } // prettier-ignore
    const read = crossing.send(value)![0] as { odd: [number, string] }
    expect(Object.keys(read)).toEqual(['list', 'odd'])
    expect(read.odd).toEqual([asked - 1, `text ${asked}`])
  })

  it('refuses everything while Object.prototype has an enumerable member', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>
    const crossing = new Crossing()
    prototype['polluted'] = 1
    try {
      expect([{ a: 1 }, { list: [1] }, [1]].map((value) => crossing.send(value))).toEqual([
        undefined,
        undefined,
        undefined,
      ])
    } finally {
      delete prototype['polluted']
    }
    expect(comesAsCloned(crossing, { list: [1] })).toBe(true)
  })

  it.each(['writable', 'setter'])('reads keys that Object.prototype guards: %s', (how) => {
    const crossing = new Crossing()
    const guard = how === 'setter' ? { get: () => 0, set: () => expect.unreachable() } : { value: 0, writable: false }
    Object.defineProperty(Object.prototype, 'guarded', { ...guard, enumerable: false, configurable: true })
    try {
      expect(comesAsCloned(crossing, { list: [1], guarded: 2 })).toBe(true)
      expect(comesAsCloned(crossing, { guarded: 2, more: 3 })).toBe(true)
    } finally {
      delete (Object.prototype as unknown as Record<string, unknown>)['guarded']
    }
  })

  it('tries less and less often while tries are in vain', () => {
    const { writer } = new Crossing()
    let asked = 0
    const odd = { get a() { asked++; return () => 1 } } // prettier-ignore
    for (let sequence = 1; sequence <= 5000; sequence++) writer.write(0, sequence, 0, odd)
    expect(asked).toBeLessThan(60)
  })

  it('takes values of the same service again once they fit, however many did not', () => {
    const crossing = new Crossing()
    for (let time = 0; time < 5000; time++) expect(crossing.send([new Date(time)], 1)).toBeUndefined()
    const tries = Array.from({ length: 600 }, (_, n) => crossing.send({ n, list: [n] }, 1))
    const first = tries.findIndex((read) => read !== undefined)
    expect(first).toBeLessThan(300)
    expect(tries.slice(first + 5).filter((read) => read === undefined)).toEqual([])
  })

  it('goes on with trees once there are more than 255 shapes', () => {
    const crossing = new Crossing()
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 400; index++) {
        expect(comesAsCloned(crossing, { [`key${index}`]: round, text: `${index}` })).toBe(true)
      }
    }
  })

  it('keeps what it wrote and what it refused alive no longer than that', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const { writer } = new Crossing()
    const refs = [(part: object) => [part], (part: object) => [{ part: [part] }, new Date()]].map((make, index) => {
      const part = { large: 1 }
      writer.write(index, index + 1, 0, make(part))
      return new WeakRef(part)
    })
    await new Promise(setImmediate)
    gc()
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined])
  })

  it('says the request id that it wrote, in a context of any form', () => {
    const { writer } = new Crossing()
    let asked = 0
    const changing = { service_id: 'a', get request_id() { return `asked ${++asked}` }, data: { x: 1 } } // prettier-ignore
    const contexts: object[] = [
      { service_id: 'a', request_id: 'first', data: { x: 1 } },
      { data: { text: 'none', request_id: 'of the data' }, service_id: 'a', request_id: 'behind' },
      { service_id: 'a', request_id: 'of a tree', data: [{ request_id: 'deeper' }] },
      { service_id: 'a', data: { request_id: 'deeper' } },
      { service_id: 'a', data: [{ request_id: 'deeper' }] },
      changing,
    ]
    const said = contexts.map((context, index) => [writer.write(0, index + 1, 0, context), writer.requestId])
    expect(said.slice(0, -1)).toEqual([
      [true, 'first'],
      [true, 'behind'],
      [true, 'of a tree'],
      [true, undefined],
      [true, undefined],
    ])
    expect(said.at(-1)).toEqual([true, `asked ${asked}`])
  })

  it('says that a row is not there, however many contexts had none since the last', () => {
    const { writer, reader } = new Crossing()
    writer.write(0, 1, 0, { a: 1 })
    writer.publish()
    expect(reader.has(1)).toBe(true)
    for (const passed of [100, 2 ** 31 - 2, -(2 ** 31), -20_000]) {
      writer.write(0, passed, 0, { a: 2 })
      expect(reader.has(passed)).toBe(false)
    }
  })

  it('says of a context that has no row that it has none, when its place holds one of that number', () => {
    const { writer, reader } = new Crossing()
    for (const sequence of [0, 5, -8192, 2 ** 31 - 1, -(2 ** 31)]) {
      writer.write(0, sequence, 0, { a: 1 })
      writer.publish()
      expect(reader.has(sequence)).toBe(true)
      reader.take(sequence)
      writer.write(0, (sequence + 1) | 0, 0, { a: 2 })
      reader.take((sequence + 1) | 0)
      writer.pass(sequence)
      const others = [0, 1, -1, 8192, -8192, 2 ** 31 - 8192, sequence, ~sequence]
      const place = sequence & 8191
      expect(others.filter((other) => (other & 8191) === place && reader.has(other))).toEqual([])
    }
  })
})

function nest(levels: number): object {
  let value: unknown[] = [1]
  for (let level = 0; level < levels; level++) value = [value]
  return value
}
