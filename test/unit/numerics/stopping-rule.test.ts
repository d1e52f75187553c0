import { describe, expect, test } from 'vitest'
import { momentsOf } from '../../../src/numerics/moments.ts'
import { streamOfSeed } from '../../../src/numerics/random-stream.ts'
import { halfWidthOf, intervalOf, isSatisfied } from '../../../src/numerics/stopping-rule.ts'

const rule = { metric: 'x', confidence: 0.95, minReplications: 4, halfWidth: 1, relative: false }

test('intervalOf is the textbook one', () => {
  // Mean 5, standard deviation sqrt(32 / 7), eight values: t of 7 degrees is 2.3646242515927853.
  const moments = momentsOf([2, 4, 4, 4, 5, 5, 7, 9])
  const half = 2.3646242515927853 * Math.sqrt(32 / 7 / 8)
  expect(halfWidthOf(moments, 0.95)).toBeCloseTo(half, 12)
  expect(intervalOf(moments, 0.95)[0]).toBeCloseTo(5 - half, 12)
  expect(intervalOf(moments, 0.95)[1]).toBeCloseTo(5 + half, 12)
  expect(halfWidthOf(momentsOf([1]), 0.95)).toBeNaN()
})

test('intervalOf covers the true mean as often as it says', () => {
  // 4,000 samples of 5 normal values: coverage is binomial with standard deviation sqrt(0.9 · 0.1 / 4000).
  let covered = 0
  for (let seed = 0; seed < 4000; seed++) {
    const [low, high] = intervalOf(momentsOf(streamOfSeed(seed).normals(new Float64Array(5))), 0.9)
    if (low <= 0 && 0 <= high) covered++
  }
  expect(Math.abs(covered / 4000 - 0.9)).toBeLessThan(5 * Math.sqrt(0.09 / 4000))
})

describe('isSatisfied', () => {
  const narrow = momentsOf([10, 10.1, 9.9, 10])
  const wide = momentsOf([0, 20, 5, 15])

  test('once the interval is narrow enough, absolutely or relatively', () => {
    expect(isSatisfied(rule, narrow, 4)).toBe(true)
    expect(isSatisfied(rule, wide, 4)).toBe(false)
    expect(isSatisfied({ ...rule, relative: true, halfWidth: 0.05 }, narrow, 4)).toBe(true)
    expect(isSatisfied({ ...rule, relative: true, halfWidth: 0.005 }, narrow, 4)).toBe(false)
    expect(isSatisfied({ ...rule, relative: true, halfWidth: 0.05 }, momentsOf([-10, -10.1, -9.9, -10]), 4)).toBe(true)
  })

  test('never before the least number of replications, failed ones counted, nor on fewer than two values', () => {
    expect(isSatisfied(rule, narrow, 3)).toBe(false)
    expect(isSatisfied(rule, momentsOf([1]), 100)).toBe(false)
    expect(isSatisfied(rule, momentsOf([]), 100)).toBe(false)
    expect(isSatisfied(rule, momentsOf([1, 1]), 100)).toBe(true)
  })

  test('without spread around zero, where every width is narrow', () => {
    expect(isSatisfied({ ...rule, relative: true }, momentsOf([0, 0, 0, 0]), 4)).toBe(true)
  })
})
