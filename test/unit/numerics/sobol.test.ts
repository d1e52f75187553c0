import { describe, expect, test } from 'vitest'
import { sobolCoordinate, sobolDimensions } from '../../../src/numerics/sobol.ts'

describe('sobolCoordinate', () => {
  test('gives the published points of three dimensions', () => {
    // The first ten that Joe and Kuo's own program prints.
    expect(Array.from({ length: 10 }, (_, point) => [0, 1, 2].map((at) => sobolCoordinate(point, at)))).toEqual([
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
      [0.875, 0.875, 0.125],
      [0.625, 0.125, 0.875],
      [0.125, 0.625, 0.375],
      [0.1875, 0.3125, 0.9375],
      [0.6875, 0.8125, 0.4375],
    ])
  })

  test.each([
    // As scipy.stats.qmc.Sobol(64, scramble=False) gives them.
    [7, 3, 0.125],
    [10, 9, 0.5625],
    [100, 13, 0.8515625],
    [100, 40, 0.7109375],
    [513, 63, 0.0419921875],
    [777, 20, 0.2373046875],
    [1000, 5, 0.9072265625],
    [1000, 31, 0.1455078125],
    [1023, 62, 0.7900390625],
    [1023, 63, 0.0400390625],
  ])('of point %i in dimension %i is %d', (point, dimension, expected) => {
    expect(sobolCoordinate(point, dimension)).toBe(expected)
  })

  test('has one of the first 2^k points in each of 2^k equal cells, in every dimension', () => {
    for (let dimension = 0; dimension < sobolDimensions; dimension++) {
      const cells = new Set(
        Array.from({ length: 256 }, (_, point) => Math.floor(sobolCoordinate(point, dimension) * 256)),
      )
      expect(cells.size).toBe(256)
    }
  })

  test('spreads the first two dimensions as a (0, m, 2)-net: one of 2^10 points in each box of area 2^-10', () => {
    for (let split = 0; split <= 10; split++) {
      const [columns, rows] = [1 << split, 1 << (10 - split)]
      const boxes = new Set(
        Array.from(
          { length: 1024 },
          (_, point) =>
            Math.floor(sobolCoordinate(point, 0) * columns) * rows + Math.floor(sobolCoordinate(point, 1) * rows),
        ),
      )
      expect(boxes.size).toBe(1024)
    }
  })

  test('reaches its last point and dimension, and refuses what is beyond', () => {
    expect(sobolCoordinate(2 ** 32 - 1, 0)).toBeGreaterThanOrEqual(0)
    expect(sobolCoordinate(2 ** 32 - 1, sobolDimensions - 1)).toBeLessThan(1)
    expect(() => sobolCoordinate(2 ** 32, 0)).toThrow(RangeError)
    expect(() => sobolCoordinate(-1, 0)).toThrow(RangeError)
    expect(() => sobolCoordinate(0, sobolDimensions)).toThrow('at most 64 dimensions, not 65')
  })
})
