import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { KeyLists } from '../../../../src/kernel/rows/key-lists.ts'
import { ObjectBuilders } from '../../../../src/kernel/rows/object-builders.ts'
import { Crossing } from './crossing.ts'
import { isSame } from './sameness.ts'

const READS = 40
const keys = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.constantFrom(
    '"',
    "'",
    '\n',
    '\\',
    '\u2028',
    '\ud800',
    '1',
    '02',
    '10',
    'constructor',
    'toString',
    '}}); throw 1;//',
    '${x}',
  ),
)
const leaves = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constantFrom(null, undefined, -0))

it('objects that are read again and again are what structured clone brings, whatever their keys', () => {
  const objects = fc.dictionary(keys, leaves, { minKeys: 1, maxKeys: 8, noNullPrototype: true })
  fc.assert(
    fc.property(objects, (object) => {
      const crossing = new Crossing()
      for (let read = 0; read < READS; read++) {
        const value = { list: [{ ...object }], read }
        const sent = crossing.send(value, 1)
        // One with a `__proto__` of its own goes as no row, ever: in a literal it would be the prototype.
        expect(sent === undefined).toBe(Object.hasOwn(object, '__proto__'))
        if (sent) expect(isSame(sent[0], structuredClone(value))).toBe(true)
      }
    }),
    { seed: 11, numRuns: 300, examples: [[{ b: 1, 1: 2, a: 3 }], [{ constructor: 1 }], [{ ['__proto__']: 1 }]] },
  )
})

it('gives a list a builder once it has been read often, and none to one whose code would be long', () => {
  const lists = new KeyLists()
  const builders = new ObjectBuilders()
  const short = lists.after(lists.root, 'short')!
  const keys = Array.from({ length: 30 }, (_, index) => String(index).padEnd(200, 'x'))
  const long = keys.reduce((list, key) => lists.after(list, key)!, lists.root)
  const read = (list: typeof short) => Array.from({ length: READS }, () => builders.of(list))
  const build = read(short).at(-1)!
  const next = vi.fn(() => 7)
  expect(build(next)).toEqual({ short: 7 })
  expect(next).toHaveBeenCalledOnce()
  expect(read(short).every((one) => one === build)).toBe(true)
  expect(read(long).every((one) => one === undefined)).toBe(true)
})
