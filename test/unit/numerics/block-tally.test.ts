import { describe, expect, onTestFinished, test } from 'vitest'
import { BlockTally } from '../../../src/numerics/block-tally.ts'
import { smallPlan } from '../experiment/small-plan.ts'

class Result {
  readonly x = 1
}

class Inherited {
  get x(): number {
    return 1
  }
}

describe('BlockTally.take', () => {
  const tally = () => new BlockTally(smallPlan({}, { metrics: [{ name: 'x', statistics: [] }] }))

  test.each<[string, unknown]>([
    ['a plain object', { x: 1 }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { x: 1 })],
    ['an object of a class', new Result()],
  ])('takes a finite number of its own from %s', (_, result) => {
    expect(tally().take(result)).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a number', 1],
    ['a text', { x: '1' }],
    ['what is not finite', { x: Infinity }],
    ['what it inherits from another object', Object.create({ x: 1 })],
    ['what its class computes, which would not cross a thread', new Inherited()],
  ])('names the metric where the result has %s', (_, result) => {
    expect(tally().take(result)).toBe('x')
  })

  test('takes nothing that a component has given every object', () => {
    onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'x'))
    Object.defineProperty(Object.prototype, 'x', { value: 1, configurable: true, writable: true })
    expect(tally().take({ y: 2 })).toBe('x')
    const own: Record<string, number> = {}
    Object.defineProperty(own, 'x', { value: 2, enumerable: true })
    expect(tally().take(own)).toBeUndefined()
  })
})
