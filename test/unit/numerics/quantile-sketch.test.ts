import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QuantileSketch, sketchAccuracy } from '../../../src/numerics/quantile-sketch.ts'

const values = fc.array(
  fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, min: -1000, max: 1000 }),
    fc.integer({ min: -3, max: 3 }),
  ),
  { minLength: 1, maxLength: 200 },
)

function sketchOf(list: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch()
  for (const value of list) sketch.add(value)
  return sketch
}

describe('QuantileSketch', () => {
  test('is within its accuracy of the value of that rank, over the whole range of doubles', () => {
    fc.assert(
      fc.property(values, fc.double({ noNaN: true, min: 0, max: 1 }), (list, probability) => {
        const exact = list.toSorted((a, b) => a - b)[Math.floor(probability * (list.length - 1))]!
        const found = sketchOf(list).quantile(probability)
        // Subnormal numbers count as zero; rounding of the logarithm adds some 1e-13.
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.abs(exact) * (sketchAccuracy + 1e-11) + 2.3e-308)
      }),
      { numRuns: 500 },
    )
  })

  test('merged from parts, in whatever order, is the sketch of all', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const whole = sketchOf([...a, ...b, ...c]).toRecord()
        for (const parts of [
          [a, b, c],
          [c, a, b],
          [b, c, a],
        ]) {
          const merged = new QuantileSketch()
          for (const part of parts) merged.mergeRecord(sketchOf(part).toRecord())
          expect(merged.toRecord()).toEqual(whole)
        }
      }),
    )
  })

  test('is the same after JSON', () => {
    fc.assert(
      fc.property(values, (list) => {
        const sketch = sketchOf(list)
        const read = QuantileSketch.fromRecord(JSON.parse(JSON.stringify(sketch.toRecord())))
        expect(read.count).toBe(list.length)
        expect(read.toRecord()).toEqual(sketch.toRecord())
        expect(read.quantile(0.3)).toBe(sketch.quantile(0.3))
      }),
    )
  })

  test('knows no quantile of nothing, and refuses what is no probability', () => {
    expect(new QuantileSketch().quantile(0.5)).toBeNaN()
    for (const wrong of [-0.1, 1.1, NaN]) expect(() => sketchOf([1]).quantile(wrong)).toThrow(RangeError)
  })

  test('stays small: a million values over six powers of ten take some thousand classes', () => {
    const sketch = new QuantileSketch()
    for (let at = 1; at <= 1_000_000; at++) sketch.add(at)
    // ln(1e6) / ln(1.002) classes at most.
    expect(sketch.toRecord().positive.length / 2).toBeLessThan(6_920)
    expect(Math.abs(sketch.quantile(0.5) / 500_000 - 1)).toBeLessThan(sketchAccuracy + 1e-5)
  })
})
