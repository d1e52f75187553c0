import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeMoments, momentsOf, noMoments, standardErrorOf, varianceOf } from '../../../src/numerics/moments.ts'

const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 100 })

test('momentsOf are those of the definition', () => {
  const moments = momentsOf([2, 4, 4, 4, 5, 5, 7, 9])
  expect(moments).toEqual({ count: 8, mean: 5, m2: 32 })
  expect(varianceOf(moments)).toBe(32 / 7)
  expect(standardErrorOf(moments)).toBe(Math.sqrt(32 / 7 / 8))
})

test('momentsOf keeps a small spread around a large mean', () => {
  expect(varianceOf(momentsOf([1e9 + 1, 1e9 + 2, 1e9 + 3]))).toBe(1)
})

test('varianceOf one value is NaN', () => {
  expect(varianceOf(momentsOf([1]))).toBeNaN()
})

describe('mergeMoments', () => {
  test('of two parts are the moments of the whole', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const merged = mergeMoments(momentsOf(a), momentsOf(b))
        const whole = momentsOf([...a, ...b])
        expect(merged.count).toBe(whole.count)
        // Values up to 1e6: rounding is some 1e-16 of them, and of their squares' sum.
        expect(Math.abs(merged.mean - whole.mean)).toBeLessThan(1e-8)
        expect(Math.abs(merged.m2 - whole.m2)).toBeLessThan(1)
      }),
    )
  })

  test('with no values changes nothing', () => {
    fc.assert(
      fc.property(values, (list) => {
        expect(mergeMoments(momentsOf(list), noMoments)).toEqual(momentsOf(list))
        expect(mergeMoments(noMoments, momentsOf(list))).toEqual(momentsOf(list))
      }),
    )
  })
})
