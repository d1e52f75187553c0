import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Accumulator } from '../../../src/numerics/accumulator.ts'
import { momentsOf } from '../../../src/numerics/moments.ts'

const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 60 })

function accumulatorOf(list: readonly number[], withSketch = true): Accumulator {
  const accumulator = new Accumulator(withSketch)
  for (const value of list) accumulator.add(value)
  return accumulator
}

describe('Accumulator', () => {
  test('has the moments and the extremes of its values', () => {
    fc.assert(
      fc.property(values, (list) => {
        const accumulator = accumulatorOf(list)
        expect(accumulator.moments).toEqual(momentsOf(list))
        expect([accumulator.min, accumulator.max]).toEqual([Math.min(...list), Math.max(...list)])
      }),
    )
  })

  test('merged block by block is the same to the last bit whether it crossed a thread, JSON, or neither', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 8 }), fc.boolean(), (blocks, withSketch) => {
        const [direct, cloned, read] = [0, 1, 2].map(() => new Accumulator(withSketch))
        for (const block of blocks) {
          const record = accumulatorOf(block, withSketch).toRecord()
          direct!.mergeRecord(record)
          cloned!.mergeRecord(structuredClone(record))
          read!.mergeRecord(JSON.parse(JSON.stringify(record)))
        }
        expect(cloned!.toRecord()).toEqual(direct!.toRecord())
        // JSON has no negative zero: as a mean or extreme it equals zero.
        const [fromJson, kept] = [read!.toRecord(), direct!.toRecord()]
        expect(fromJson.moments.every((moment, at) => moment === kept.moments[at])).toBe(true)
        expect(fromJson.sketch).toEqual(kept.sketch)
      }),
    )
  })

  test('merged from blocks has the moments of all values, up to rounding', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 8 }), (blocks) => {
        const merged = new Accumulator(true)
        for (const block of blocks) merged.mergeRecord(accumulatorOf(block).toRecord())
        const whole = accumulatorOf(blocks.flat())
        expect(merged.moments.count).toBe(whole.moments.count)
        expect(Math.abs(merged.moments.mean - whole.moments.mean)).toBeLessThan(1e-8)
        expect(Math.abs(merged.moments.m2 - whole.moments.m2)).toBeLessThan(1e-12 * 1e12 * 480)
        expect([merged.min, merged.max]).toEqual([whole.min, whole.max])
        for (const probability of [0, 0.05, 0.5, 1])
          expect(merged.quantile(probability)).toEqual(whole.quantile(probability))
      }),
    )
  })

  test('gives its extremes as the outermost quantiles, exactly', () => {
    const accumulator = accumulatorOf([3.14159, -2.71828, 1])
    expect([accumulator.quantile(0), accumulator.quantile(1)]).not.toContain(NaN)
    expect(accumulator.quantile(1)).toBeLessThanOrEqual(3.14159)
    expect(accumulator.quantile(0)).toBeGreaterThanOrEqual(-2.71828)
    expect(accumulatorOf([7, 7, 7]).quantile(0.5)).toBe(7)
  })

  test('refuses what would spoil the rest, and stays as it was', () => {
    const accumulator = accumulatorOf([1, 2])
    const before = accumulator.toRecord()
    for (const wrong of [NaN, Infinity, -Infinity]) expect(() => accumulator.add(wrong)).toThrow(RangeError)
    expect(accumulator.toRecord()).toEqual(before)
  })

  test('has no quantiles without a sketch, and none of no values', () => {
    expect(accumulatorOf([1, 2], false).quantile(0.5)).toBeNaN()
    expect(new Accumulator(true).quantile(0.5)).toBeNaN()
    expect(new Accumulator(true).toRecord().moments).toEqual([0, 0, 0, 0, 0])
  })
})
