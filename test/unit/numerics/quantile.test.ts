import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lowerTailMean, quantile } from '../../../src/numerics/quantile.ts'

const sortedValues = fc
  .array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 50 })
  .map((values) => Float64Array.from(values).sort())
const probability = fc.double({ noNaN: true, min: 1e-6, max: 1 })

describe('quantile', () => {
  test.each([
    // As numpy.quantile and R's quantile(type = 7) give them.
    [0, 1],
    [0.1, 1.3],
    [0.25, 1.75],
    [0.5, 2.5],
    [0.9, 3.7],
    [1, 4],
  ])('at %d of 1, 2, 3, 4 is %d', (at, expected) => {
    expect(quantile(Float64Array.of(1, 2, 3, 4), at)).toBeCloseTo(expected, 14)
  })

  test('lies between the extremes and rises with its probability', () => {
    fc.assert(
      fc.property(sortedValues, probability, probability, (sorted, a, b) => {
        const [low, high] = [quantile(sorted, Math.min(a, b)), quantile(sorted, Math.max(a, b))]
        const rounding = 1e-9
        expect(low).toBeGreaterThanOrEqual(sorted[0]! - rounding)
        expect(high).toBeLessThanOrEqual(sorted.at(-1)! + rounding)
        expect(low).toBeLessThanOrEqual(high + rounding)
      }),
    )
  })

  test('keeps infinite values apart from NaN', () => {
    expect(quantile(Float64Array.of(-Infinity, -Infinity, 1), 0.25)).toBe(-Infinity)
  })

  test('refuses no values and what is no probability', () => {
    expect(() => quantile(new Float64Array(0), 0.5)).toThrow(RangeError)
    for (const wrong of [-0.1, 1.1, NaN]) expect(() => quantile(Float64Array.of(1), wrong)).toThrow(RangeError)
  })
})

describe('lowerTailMean', () => {
  test.each([
    [0.5, 1.5],
    [0.25, 1],
    [0.1, 1],
    // One and a half values: (1 + 0.5 · 2) / 1.5.
    [0.375, 4 / 3],
    [1, 2.5],
  ])('of the lowest %d of 1, 2, 3, 4 is %d', (at, expected) => {
    expect(lowerTailMean(Float64Array.of(1, 2, 3, 4), at)).toBeCloseTo(expected, 14)
  })

  test('is at most the mean, and rises with its probability', () => {
    fc.assert(
      fc.property(sortedValues, probability, probability, (sorted, a, b) => {
        const low = lowerTailMean(sorted, Math.min(a, b))
        const high = lowerTailMean(sorted, Math.max(a, b))
        const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
        expect(low).toBeLessThanOrEqual(high + 1e-6)
        expect(high).toBeLessThanOrEqual(mean + 1e-6)
      }),
    )
  })

  test('refuses no values and an empty share', () => {
    expect(() => lowerTailMean(new Float64Array(0), 0.5)).toThrow(RangeError)
    expect(() => lowerTailMean(Float64Array.of(1), 0)).toThrow(RangeError)
  })
})
