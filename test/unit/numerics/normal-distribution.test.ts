import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalCdf } from '../../../src/numerics/normal-distribution.ts'

test.each([
  // From 60-digit arithmetic: the series 0.5 + phi(x) (x + x³/3 + x⁵/15 + …), and far out Laplace's continued fraction.
  [-37.5, 4.605353009581955e-308],
  [-20, 2.7536241186062337e-89],
  [-10, 7.619853024160525e-24],
  [-6, 9.86587645037698e-10],
  [-3, 0.0013498980316300946],
  [-1.959963984540054, 0.025000000000000012],
  [-1, 0.15865525393145705],
  [-0.5, 0.3085375387259869],
  [0, 0.5],
  [0.3, 0.6179114221889527],
  [0.67448975, 0.7499999999376898],
  [1, 0.8413447460685429],
  [2.326347874040841, 0.99],
  [5, 0.9999997133484281],
  [8, 0.9999999999999993],
])('normalCdf(%d) is right to a few units in the last place', (x, expected) => {
  expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-15)
})

test('normalCdf ends in 0 and 1 and keeps NaN', () => {
  expect([normalCdf(-Infinity), normalCdf(-50), normalCdf(50), normalCdf(Infinity), normalCdf(NaN)]).toEqual([
    0,
    0,
    1,
    1,
    NaN,
  ])
})

test('normalCdf is symmetric and rises', () => {
  const x = fc.double({ noNaN: true, min: -40, max: 40 })
  fc.assert(
    fc.property(x, x, (a, b) => {
      expect(normalCdf(a) + normalCdf(-a)).toBeCloseTo(1, 15)
      expect(normalCdf(Math.min(a, b))).toBeLessThanOrEqual(normalCdf(Math.max(a, b)) + 1e-16)
    }),
  )
})
