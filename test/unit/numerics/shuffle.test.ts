import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawShuffle, shuffled } from '../../../src/numerics/shuffle.ts'
import { stateOfRun } from '../../../src/numerics/stream-seed.ts'
import { Xoshiro128 } from '../../../src/numerics/xoshiro128.ts'

function permutation(size: number, seed: number): number[] {
  const shuffle = drawShuffle(size, new Xoshiro128(stateOfRun(seed, 0)))
  return Array.from({ length: size }, (_, place) => shuffled(shuffle, place))
}

describe('shuffled', () => {
  test('is a permutation, whatever the size and the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.maxSafeInteger(), (size, seed) => {
        expect(permutation(size, seed).toSorted((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, at) => at))
      }),
    )
  })

  test('gives every order of four equally often', () => {
    // 24 orders, 24,000 seeds: chi-square of 23 degrees of freedom has standard deviation sqrt(46).
    const seen = new Map<string, number>()
    for (let seed = 0; seed < 24_000; seed++) {
      const order = permutation(4, seed).join('')
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    expect(seen.size).toBe(24)
    const chiSquare = [...seen.values()].reduce((sum, count) => sum + ((count - 1000) * (count - 1000)) / 1000, 0)
    expect(Math.abs(chiSquare - 23)).toBeLessThan(5 * Math.sqrt(46))
  })

  test('takes each of many places to each other equally often', () => {
    // 20 × 20 counts, rows and columns of fixed sum: 361 degrees of freedom.
    const counts = new Float64Array(400)
    const seeds = 8000
    for (let seed = 0; seed < seeds; seed++) permutation(20, seed).forEach((to, from) => counts[20 * from + to]!++)
    const expected = seeds / 20
    const chiSquare = counts.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0)
    expect(Math.abs(chiSquare * (19 / 20) - 361)).toBeLessThan(5 * Math.sqrt(2 * 361))
  })

  test('works at the greatest size', () => {
    const shuffle = drawShuffle(2 ** 30, new Xoshiro128(stateOfRun(1, 0)))
    const places = [0, 1, 2 ** 29, 2 ** 30 - 1].map((place) => shuffled(shuffle, place))
    expect(new Set(places).size).toBe(4)
    for (const place of places) expect(place >= 0 && place < 2 ** 30).toBe(true)
  })
})
