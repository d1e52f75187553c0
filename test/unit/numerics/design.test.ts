import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DesignPlan, Distribution } from '../../../src/contract/experiment-plan.ts'
import { openDesign, pointsOf } from '../../../src/numerics/design.ts'
import { normalCdf } from '../../../src/numerics/normal-distribution.ts'

const unit: Distribution = { kind: 'uniform', from: 0, to: 1 }
const sampledMethods = ['random', 'latin-hypercube', 'sobol'] as const

function sampledPlan(
  method: (typeof sampledMethods)[number],
  samples: number,
  ...distributions: Distribution[]
): DesignPlan {
  return { method, samples, parameters: distributions.map((distribution, at) => ({ name: `p${at}`, distribution })) }
}

function columns(plan: DesignPlan, seed: number): number[][] {
  const design = openDesign(plan, seed)
  const points = Array.from(
    { length: design.points },
    (_, point) => Object.values(design.parametersOf(point)) as number[],
  )
  return points[0]!.map((_, column) => points.map((point) => point[column]!))
}

describe('a grid', () => {
  const grid: DesignPlan = {
    method: 'grid',
    parameters: [
      { name: 'a', values: [1, 2] },
      { name: 'b', values: ['x', null, { y: 1 }] },
    ],
  }

  test('has all combinations, the last parameter changing fastest', () => {
    const design = openDesign(grid, 0)
    expect(pointsOf(grid)).toBe(6)
    expect(Array.from({ length: 6 }, (_, point) => design.parametersOf(point))).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: null },
      { a: 1, b: { y: 1 } },
      { a: 2, b: 'x' },
      { a: 2, b: null },
      { a: 2, b: { y: 1 } },
    ])
  })

  test('takes each point to a combination of its own, which leads back to the point', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        const parameters = sizes.map((size, at) => ({
          name: `p${at}`,
          values: Array.from({ length: size }, (_, value) => value),
        }))
        const design = openDesign({ method: 'grid', parameters }, 0)
        for (let point = 0; point < design.points; point++) {
          const values = Object.values(design.parametersOf(point)) as number[]
          expect(values.reduce((number, value, at) => number * sizes[at]! + value, 0)).toBe(point)
        }
      }),
      { numRuns: 30 },
    )
  })
})

test('a list has its points as they are, in objects of their own', () => {
  const points = [{ a: 1 }, { b: 'x' }]
  const design = openDesign({ method: 'list', points }, 0)
  expect([design.parametersOf(0), design.parametersOf(1)]).toEqual(points)
  expect(design.parametersOf(0)).not.toBe(points[0])
})

describe.each(sampledMethods)('%s', (method) => {
  test('gives a point by its number alone, in whatever order it is asked', () => {
    const plan = sampledPlan(method, 64, unit, { kind: 'normal', mean: 0, sd: 1 })
    const forwards = openDesign(plan, 7)
    const backwards = openDesign(plan, 7)
    const points = Array.from({ length: 64 }, (_, point) => forwards.parametersOf(point))
    for (let point = 63; point >= 0; point--) expect(backwards.parametersOf(point)).toEqual(points[point])
  })

  test('keeps each distribution within its bounds, and is finite', () => {
    const [uniforms, logs, integers, choices, normals] = columns(
      sampledPlan(
        method,
        512,
        { kind: 'uniform', from: -3, to: 5 },
        { kind: 'logUniform', from: 1e-3, to: 1e3 },
        { kind: 'integer', from: -2, to: 2 },
        { kind: 'choice', values: [10, 20, 30] },
        { kind: 'normal', mean: 100, sd: 15 },
      ),
      1,
    )
    expect(uniforms!.every((value) => value >= -3 && value < 5)).toBe(true)
    expect(logs!.every((value) => value >= 1e-3 && value <= 1e3)).toBe(true)
    expect(new Set(integers)).toEqual(new Set([-2, -1, 0, 1, 2]))
    expect(new Set(choices)).toEqual(new Set([10, 20, 30]))
    expect(normals!.every(Number.isFinite)).toBe(true)
    // Whichever the method: the mean of 512 has a standard error of at most sd / sqrt(512).
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(Math.abs(mean(uniforms!) - 1)).toBeLessThan((5 * 8) / Math.sqrt(12 * 512))
    expect(Math.abs(mean(normals!) - 100)).toBeLessThan((5 * 15) / Math.sqrt(512))
    expect(Math.abs(mean(logs!.map(Math.log)))).toBeLessThan((5 * 2 * Math.log(1e3)) / Math.sqrt(12 * 512))
    expect(Math.abs(mean(integers!))).toBeLessThan(5 * Math.sqrt(2 / 512))
  })

  test('refuses points that it does not have', () => {
    const design = openDesign(sampledPlan(method, 8, unit), 1)
    for (const wrong of [-1, 8, 0.5, NaN]) expect(() => design.parametersOf(wrong)).toThrow('points 0 to 7')
  })
})

test.each(['random', 'latin-hypercube'] as const)('%s changes with the seed', (method) => {
  const plan = sampledPlan(method, 16, unit)
  expect(columns(plan, 1)).not.toEqual(columns(plan, 2))
  expect(columns(plan, 1)).toEqual(columns(plan, 1))
})

test('random draws uniformly and independently', () => {
  const samples = 20_000
  const [first, second] = columns(sampledPlan('random', samples, unit, unit), 42)
  // Chi-square over 10 × 10 cells: 99 degrees of freedom.
  const counts = new Float64Array(100)
  first!.forEach((value, at) => counts[Math.floor(value * 10) * 10 + Math.floor(second![at]! * 10)]!++)
  const expected = samples / 100
  const chiSquare = counts.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0)
  expect(Math.abs(chiSquare - 99)).toBeLessThan(5 * Math.sqrt(2 * 99))
})

describe('latin-hypercube', () => {
  test('has exactly one value in each of its strata, in every parameter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.maxSafeInteger(), (samples, seed) => {
        for (const values of columns(sampledPlan('latin-hypercube', samples, unit, unit), seed)) {
          const strata = values.map((value) => Math.floor(value * samples)).toSorted((a, b) => a - b)
          expect(strata).toEqual(Array.from({ length: samples }, (_, stratum) => stratum))
        }
      }),
      { numRuns: 50 },
    )
  })

  test('has strata of equal probability under a normal distribution', () => {
    const [values] = columns(sampledPlan('latin-hypercube', 100, { kind: 'normal', mean: 5, sd: 2 }), 3)
    const strata = values!.map((value) => Math.floor(normalCdf((value - 5) / 2) * 100))
    expect(new Set(strata).size).toBe(100)
  })

  test('combines parameters at random', () => {
    // The correlation of n independent ranks has variance 1 / (n - 1); seeds are independent.
    const seeds = 400
    let sum = 0
    for (let seed = 0; seed < seeds; seed++) {
      const [first, second] = columns(sampledPlan('latin-hypercube', 20, unit, unit), seed)
      const centred = first!.map((value, at) => (value - 0.5) * (second![at]! - 0.5) * 12)
      sum += centred.reduce((total, value) => total + value, 0) / 20
    }
    expect(Math.abs(sum / seeds)).toBeLessThan(5 / Math.sqrt(19 * seeds))
  })
})

test('sobol is the published sequence, whatever the seed, and finite where it begins at the origin', () => {
  const plan = sampledPlan('sobol', 4, unit, unit, { kind: 'normal', mean: 0, sd: 1 })
  expect(columns(plan, 1).slice(0, 2)).toEqual([
    [0, 0.5, 0.75, 0.25],
    [0, 0.5, 0.25, 0.75],
  ])
  expect(columns(plan, 2)).toEqual(columns(plan, 1))
  expect(columns(plan, 1)[2]![0]).toBeCloseTo(-6.338, 3)
})
