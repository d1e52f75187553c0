import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inverseOf, minimise } from '../../../src/numerics/minimise.ts'

const entries = (count: number) =>
  fc.array(fc.double({ noNaN: true, min: -3, max: 3 }), { minLength: count, maxLength: count })

/** L Lᵀ + I: symmetric and positive definite. */
function definite(part: readonly number[], size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, place) => {
    const [row, column] = [Math.floor(place / size), place % size]
    let sum = row === column ? 1 : 0
    for (let at = 0; at < size; at++) sum += part[row * size + at]! * part[column * size + at]!
    return sum
  })
}

describe('minimise', () => {
  test('finds the bottom of the curved valley of Rosenbrock', () => {
    const { at, value, converged } = minimise(
      ([a, b], gradient) => {
        gradient[0] = -400 * a! * (b! - a! * a!) - 2 * (1 - a!)
        gradient[1] = 200 * (b! - a! * a!)
        return 100 * (b! - a! * a!) * (b! - a! * a!) + (1 - a!) * (1 - a!)
      },
      Float64Array.of(-1.2, 1),
    )
    expect(converged).toBe(true)
    expect([...at].map((part) => Math.abs(part - 1) < 1e-8)).toEqual([true, true])
    expect(value).toBeLessThan(1e-16)
  })

  test('solves any positive definite quadratic form', () => {
    fc.assert(
      fc.property(entries(9), entries(3), (part, target) => {
        const matrix = definite(part, 3)
        const { at, converged } = minimise((x, gradient) => {
          let value = 0
          for (let row = 0; row < 3; row++) {
            gradient[row] = 0
            for (let column = 0; column < 3; column++)
              gradient[row]! += matrix[row * 3 + column]! * (x[column]! - target[column]!)
            value += 0.5 * gradient[row]! * (x[row]! - target[row]!)
          }
          return value
        }, new Float64Array(3))
        expect(converged).toBe(true)
        // The least eigenvalue is 1: the gradient, of 1e-6 at most, bounds the distance.
        for (let row = 0; row < 3; row++) expect(Math.abs(at[row]! - target[row]!)).toBeLessThan(2e-6)
      }),
    )
  })

  test('keeps out of where the function has no value', () => {
    const { at, converged } = minimise(([x], gradient) => {
      gradient[0] = 1 - 1 / x!
      return x! > 0 ? x! - Math.log(x!) : NaN
    }, Float64Array.of(30))
    expect([converged, at[0]]).toEqual([true, expect.closeTo(1, 7) as number])
  })

  test('says so where it does not arrive', () => {
    const endless = minimise(([x], gradient) => {
      gradient[0] = -1
      return -x!
    }, Float64Array.of(0))
    expect(endless.converged).toBe(false)
  })
})

describe('inverseOf', () => {
  test('gives the identity with what it inverts', () => {
    fc.assert(
      fc.property(entries(16), (part) => {
        const matrix = definite(part, 4)
        const inverse = inverseOf(matrix)!
        for (let row = 0; row < 4; row++) {
          for (let column = 0; column < 4; column++) {
            let sum = 0
            for (let at = 0; at < 4; at++) sum += matrix[row * 4 + at]! * inverse[at * 4 + column]!
            expect(sum).toBeCloseTo(row === column ? 1 : 0, 10)
          }
        }
      }),
    )
  })

  test('has none of a matrix that is not positive definite', () => {
    expect(inverseOf(Float64Array.of(1, 2, 2, 1))).toBeUndefined()
    expect(inverseOf(Float64Array.of(0, 0, 0, 1))).toBeUndefined()
    expect(inverseOf(Float64Array.of(NaN, 0, 0, 1))).toBeUndefined()
  })
})
