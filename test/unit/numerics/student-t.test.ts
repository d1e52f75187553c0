import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalCdf, normalQuantile } from '../../../src/numerics/normal-distribution.ts'
import { studentHalfWidth } from '../../../src/numerics/student-t.ts'

describe('normalQuantile', () => {
  test.each([
    // From scipy.stats.norm.ppf.
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798409],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.3, -0.5244005127080409],
    [0.6, 0.2533471031357997],
    [0.95, 1.6448536269514722],
    [0.9999, 3.719016485455709],
  ])('at %d is %d', (probability, expected) => {
    expect(Math.abs(normalQuantile(probability) / expected - 1)).toBeLessThan(1e-14)
  })

  test('inverts the distribution function', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 0.5, noNaN: true }), (probability) => {
        expect(Math.abs(normalCdf(normalQuantile(probability)) / probability - 1)).toBeLessThan(1e-12)
        expect(normalQuantile(1 - probability)).toBeCloseTo(-normalQuantile(1 - (1 - probability)), 9)
      }),
    )
    expect(Math.abs(normalQuantile(0.5))).toBeLessThan(1e-16)
  })
})

describe('studentHalfWidth', () => {
  test.each([
    // From scipy.stats.t.isf; the tables of Abramowitz and Stegun have the same to their three digits.
    [1, 0.95, 12.706204736174694],
    [2, 0.95, 4.302652729749462],
    [3, 0.9, 2.3533634348018246],
    [4, 0.99, 4.604094871349992],
    [9, 0.999, 4.780912585931138],
    [10, 0.5, 0.6998120613124317],
    [30, 0.95, 2.0422724563012378],
    [99, 0.95, 1.9842169515864174],
    [199, 0.95, 1.9719565442517533],
    [200, 0.95, 1.9718962236339088],
    [200, 0.999, 3.3398354062756783],
    [1000, 0.9999, 3.9063437367014084],
    [1e9, 0.99, 2.5758293084654484],
    [7, 0.001, 0.001298730555074094],
  ])('of %i degrees and %d is %d', (degrees, probability, expected) => {
    expect(Math.abs(studentHalfWidth(degrees, probability) / expected - 1)).toBeLessThan(1e-10)
  })

  test('rises with the confidence, falls with the degrees, and stays above the normal one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0.01, max: 0.998, noNaN: true }),
        (degrees, probability) => {
          const width = studentHalfWidth(degrees, probability)
          expect(studentHalfWidth(degrees, probability + 0.001)).toBeGreaterThan(width)
          expect(studentHalfWidth(degrees + 1, probability)).toBeLessThan(width)
          expect(width).toBeGreaterThan(normalQuantile((1 + probability) / 2))
        },
      ),
    )
  })

  test('refuses what has no width', () => {
    for (const degrees of [0, -1, 1.5, NaN]) expect(() => studentHalfWidth(degrees, 0.95)).toThrow(RangeError)
    for (const probability of [0, 1, NaN]) expect(() => studentHalfWidth(3, probability)).toThrow(RangeError)
  })
})
