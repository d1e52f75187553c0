import { sobolDirections } from './sobol-directions.ts'

/** How many dimensions a Sobol' sequence can have here. */
export const sobolDimensions = sobolDirections.length + 1

const bits = 32
const tables: (Int32Array | undefined)[] = []

/**
 * Coordinate `dimension` (from 0) of point `index` of the Sobol' sequence: a multiple of 2^-32 in [0, 1). Points come in
 * the order of the Gray code, from the origin on: Antonov and Saleev, "An Economic Method of Computing LP-tau-Sequences",
 * USSR Comput. Math. Math. Phys. 19 (1979), as other implementations give them. The first 2^k points are the ones that
 * fill space evenly; take that many.
 *
 * @throws {RangeError} `index` or `dimension` is outside what the direction numbers reach.
 */
export function sobolCoordinate(index: number, dimension: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= 0x100000000)
    throw new RangeError(`A Sobol' sequence has points 0 to 2^32 - 1, not ${index}`)
  const table = (tables[dimension] ??= directionsOf(dimension))
  let coordinate = 0
  let gray = index ^ (index >>> 1)
  for (let bit = 0; gray !== 0; bit++, gray >>>= 1) if ((gray & 1) !== 0) coordinate ^= table[bit]!
  return (coordinate >>> 0) * 2.3283064365386963e-10
}

/** v_1 to v_32, scaled by 2^32, by the recurrence of Bratley and Fox, Algorithm 659, ACM TOMS 14 (1988), section 2. */
function directionsOf(dimension: number): Int32Array {
  const table = new Int32Array(bits)
  if (dimension === 0) return table.map((_, bit) => 1 << (bits - 1 - bit))
  const row = sobolDirections[dimension - 1]
  if (row === undefined)
    throw new RangeError(`A Sobol' sequence has at most ${sobolDimensions} dimensions, not ${dimension + 1}`)
  const [polynomial, ...initial] = row
  const degree = initial.length
  for (let bit = 0; bit < bits; bit++) {
    if (bit < degree) {
      table[bit] = initial[bit]! << (bits - 1 - bit)
      continue
    }
    let direction = table[bit - degree]! ^ (table[bit - degree]! >>> degree)
    for (let term = 1; term < degree; term++) {
      if (((polynomial >> (degree - 1 - term)) & 1) !== 0) direction ^= table[bit - term]!
    }
    table[bit] = direction
  }
  return table
}
