import { describe, expect, it } from 'vitest'
import { leafListNumbers, readLeafList, writeLeafList } from '../../../../src/kernel/rows/leaf-list.ts'
import { compileShape } from '../../../../src/kernel/rows/shape-codec.ts'
import { shapeOf } from '../../../../src/kernel/rows/shape.ts'
import { Crossing } from './crossing.ts'
import { isSame } from './sameness.ts'

const noTexts = {
  put: () => true,
  mark: () => 0,
  reset: () => {},
  take: () => '',
}

function write(value: unknown, numbers: Float64Array): number {
  return writeLeafList(value, numbers, 0, numbers.length, noTexts, 0)
}

describe('A list of leaves in a row', () => {
  it.each<[string, unknown[], number]>([
    ['nothing', [], 1],
    ['numbers', [1, -0, NaN, 2 ** 53 + 2], 5],
    ['anything', [1, 2, 'text', null, undefined, true, false, -0], 17],
  ])('of %s takes the room that its reader expects', (_, list, room) => {
    const numbers = new Float64Array(room)
    expect(write(list, numbers)).toBe(room)
    expect(leafListNumbers(numbers, 0)).toBe(room)
    expect(write(list, new Float64Array(room - 1))).toBe(-1)
    const texts = { take: () => 'text' }
    expect(isSame(readLeafList(numbers, 0, texts, 0), structuredClone(list))).toBe(true)
  })

  it('is read once and in order, between the members around it', () => {
    const asked: string[] = []
    const say = <T>(name: string, value: T): T => {
      asked.push(name)
      return value
    }
    const crossing = new Crossing()
    const plain = { a: 1, list: [1, 'x', 2], b: 2 }
    crossing.send(plain, 1)
    const list = [0, 1, 2].map(String)
    for (const index of list.keys())
      Object.defineProperty(list, index, { get: () => say(`item ${index}`, plain.list[index]), enumerable: true })
    const value = {
      get a() {
        return say('a', 1)
      },
      list,
      get b() {
        return say('b', 2)
      },
    }
    expect(crossing.send(value, 1)).toEqual([plain])
    expect(asked).toEqual(['a', 'item 0', 'item 1', 'item 2', 'b'])
  })

  it('leaves no text behind where what follows is refused', () => {
    const crossing = new Crossing()
    const fits = (index: number) => ({ list: ['one', 'two'], after: 'x', index })
    expect(crossing.send(fits(0), 1)).toEqual([fits(0)])
    for (let index = 1; index < 50; index++) {
      expect(crossing.send({ ...fits(index), index: new Date(0) }, 1)).toBeUndefined()
      const read = crossing.send(fits(index), 1)
      // Tries in vain are followed by some pause.
      if (read !== undefined) expect(read).toEqual([fits(index)])
    }
    expect(crossing.send(fits(50), 2)).toEqual([fits(50)])
  })

  it('goes another way where lists together are more than a row holds', () => {
    const crossing = new Crossing()
    const many = (length: number) =>
      Object.fromEntries([0, 1, 2, 3, 4].map((key) => [`list${key}`, Array.from({ length }, () => key)]))
    expect(crossing.send(many(1), 1)).toEqual([many(1)])
    expect(crossing.send(many(60), 1)).toBeUndefined()
    expect(crossing.send(many(50), 2)).toEqual([many(50)])
  })

  it('ends where its row says, or the row is none', () => {
    const value = { list: [1, 2], after: 3 }
    const codec = compileShape(shapeOf(value)!)
    const numbers = new Float64Array(8)
    expect(codec.write(value, numbers, 0, noTexts)).toBe(true)
    expect(codec.read(numbers, 0, noTexts)).toEqual(value)
    numbers[0] = NaN
    expect(() => codec.read(numbers, 0, noTexts)).toThrow(RangeError)
  })

  it.each([65, -66, 1.5, -0.5, -(2 ** 32) - 3, NaN, Infinity, -Infinity])(
    'that says its length is %s is none',
    (header) => {
      expect(() => readLeafList(Float64Array.of(header), 0, noTexts, 0)).toThrow(RangeError)
    },
  )
})
