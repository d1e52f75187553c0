import type { DesignPlan, GridParameter, SampledParameter } from '../contract/experiment-plan.ts'
import { valueAt } from './distribution.ts'
import { drawShuffle, shuffled } from './shuffle.ts'
import { sobolCoordinate } from './sobol.ts'
import { stateOfDesign } from './stream-seed.ts'
import { Xoshiro128 } from './xoshiro128.ts'

/** The greatest double below 1. */
const belowOne = 1 - 1.1102230246251565e-16

/** The points of an experiment, one at a time; each depends on the design, the seed and its number alone. */
export interface Design {
  readonly points: number
  /** The parameters of a point, from 0; a new object each time, its values not copied. */
  parametersOf(point: number): Record<string, unknown>
}

/** How many points a design has. */
export function pointsOf(design: DesignPlan): number {
  if (design.method === 'grid') return design.parameters.reduce((product, { values }) => product * values.length, 1)
  return design.method === 'list' ? design.points.length : design.samples
}

/**
 * Opens a design.
 *
 * - `grid`: all combinations, the last parameter changing fastest.
 * - `list`: the points as they are written.
 * - `random`: independent draws; each parameter of each point has a random stream of its own.
 * - `latin-hypercube`: each parameter has exactly one value in each of N strata of equal probability, at a random place in
 *   it; strata are combined at random. McKay, Beckman and Conover, "A Comparison of Three Methods for Selecting Values of
 *   Input Variables in the Analysis of Output from a Computer Code", Technometrics 21 (1979).
 * - `sobol`: the Sobol' sequence, from its first point, the origin; the seed changes nothing.
 */
export function openDesign(design: DesignPlan, seed: number): Design {
  const points = pointsOf(design)
  return { points, parametersOf: checked(points, pointReader(design, seed)) }
}

type PointReader = (point: number) => Record<string, unknown>

function pointReader(design: DesignPlan, seed: number): PointReader {
  switch (design.method) {
    case 'grid':
      return (point) => gridPoint(design.parameters, point)
    case 'list':
      return (point) => ({ ...design.points[point] })
    case 'random':
      return sampled(design.parameters, (point, dimension) => uniformOf(seed, point, dimension))
    case 'latin-hypercube': {
      const { samples, parameters } = design
      const shuffles = parameters.map((_, dimension) =>
        drawShuffle(samples, new Xoshiro128(stateOfDesign(seed, 'shuffle', 0, dimension))),
      )
      return sampled(parameters, (point, dimension) => {
        const stratum = shuffled(shuffles[dimension]!, point)
        return Math.min((stratum + uniformOf(seed, point, dimension)) / samples, belowOne)
      })
    }
    case 'sobol':
      return sampled(design.parameters, sobolCoordinate)
  }
}

function checked(points: number, read: PointReader): PointReader {
  return (point) => {
    if (!Number.isInteger(point) || point < 0 || point >= points)
      throw new RangeError(`The design has points 0 to ${points - 1}, not ${point}`)
    return read(point)
  }
}

function gridPoint(parameters: readonly GridParameter[], point: number): Record<string, unknown> {
  const places: number[] = []
  let rest = point
  for (const { values } of parameters.toReversed()) {
    places.unshift(rest % values.length)
    rest = Math.floor(rest / values.length)
  }
  return Object.fromEntries(parameters.map(({ name, values }, at) => [name, values[places[at]!]]))
}

function sampled(
  parameters: readonly SampledParameter[],
  share: (point: number, dimension: number) => number,
): PointReader {
  return (point) =>
    Object.fromEntries(
      parameters.map(({ name, distribution }, dimension) => [name, valueAt(distribution, share(point, dimension))]),
    )
}

function uniformOf(seed: number, point: number, dimension: number): number {
  return new Xoshiro128(stateOfDesign(seed, 'sample', point, dimension)).uniform()
}
