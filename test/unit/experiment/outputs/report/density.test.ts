import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { densityOf } from '../../../../../src/experiment/outputs/report/density.ts'
import { QuantileSketch } from '../../../../../src/numerics/quantile-sketch.ts'
import { streamOfSeed } from '../../../../../src/numerics/random-stream.ts'

function densityOfValues(values: Iterable<number>) {
  const sketch = new QuantileSketch()
  for (const value of values) sketch.add(value)
  return densityOf(sketch.toRecord())
}

describe('densityOf', () => {
  test('is the density that the values were drawn from, on both sides of 0', () => {
    const count = 200_000
    const density = densityOfValues(streamOfSeed(1).normals(new Float64Array(count)))!
    expect(density.bins.length).toBe(60)
    expect(density.zeroShare).toBe(0)
    // Two of a thousand lie beyond the quantiles that the bars end at.
    expect(density.beyond).toBeGreaterThan(0.001)
    expect(density.beyond).toBeLessThan(0.003)
    for (const { from, to, density: height } of density.bins) {
      const middle = (from + to) / 2
      const expected = Math.exp((-middle * middle) / 2) / Math.sqrt(2 * Math.PI)
      // Five standard errors of a bar's count, and what its width bends.
      const error = 5 * Math.sqrt(expected / (count * (to - from)))
      expect(Math.abs(height - expected)).toBeLessThan(error + 0.002)
    }
  })

  test('counts every value once: in a bar, at 0, or beyond', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 }),
        (values) => {
          const density = densityOfValues(values)
          if (density === undefined) {
            expect(values.every((value) => Math.abs(value) < 1e-297)).toBe(true)
            return
          }
          const inBars = density.bins.reduce((sum, { from, to, density: height }) => sum + height * (to - from), 0)
          expect(inBars + density.zeroShare + density.beyond).toBeCloseTo(1, 9)
          for (const { density: height } of density.bins) expect(height).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })

  test('keeps zeros apart, and has bars for values that are all the same', () => {
    const density = densityOfValues([0, 0, 0, 7])!
    expect(density.zeroShare).toBe(0.75)
    const full = density.bins.filter(({ density: height }) => height > 0)
    expect(full.every(({ from, to }) => from < 7.02 && to > 6.98)).toBe(true)
  })

  test('is nothing where there is nothing to draw', () => {
    expect(densityOfValues([])).toBeUndefined()
    expect(densityOfValues([0, 0])).toBeUndefined()
    expect(densityOfValues([-1.7e308, 1.7e308])).toBeUndefined()
    expect(densityOfValues([2.3e-308])).toBeUndefined()
  })
})
