import { expect, test } from 'vitest'
import { normalCdf } from '../../../src/numerics/normal-distribution.ts'
import { stateOfRun } from '../../../src/numerics/stream-seed.ts'
import { Xoshiro128 } from '../../../src/numerics/xoshiro128.ts'
import { fillNormals } from '../../../src/numerics/ziggurat.ts'

// All seeds are fixed, so that these tests always do the same. Bounds are five standard deviations, which a correct
// generator would exceed for one seed in 1.7 million.

const count = 4_000_000
const normals = fillNormals(new Xoshiro128(stateOfRun(1, 0)), new Float64Array(count))

function mean(term: (value: number, index: number) => number): number {
  let sum = 0
  for (let index = 0; index < count; index++) sum += term(normals[index]!, index)
  return sum / count
}

test.each([
  // E[z^k] and the variance of z^k, E[z^2k] - E[z^k]², from E[z^2k] = 1 · 3 · 5 · … · (2k - 1).
  ['mean', (z: number) => z, 0, 1],
  ['second', (z: number) => z * z, 1, 2],
  ['third', (z: number) => z * z * z, 0, 15],
  ['fourth', (z: number) => z * z * z * z, 3, 96],
  ['sixth', (z: number) => z * z * z * z * z * z, 15, 10_170],
])('fillNormals has the right %s moment', (_name, term, expected, variance) => {
  expect(Math.abs(mean(term) - expected)).toBeLessThan(5 * Math.sqrt(variance / count))
})

test.each([-5, -4, -3.442619855899, -3, -2, 2, 3, 3.442619855899, 4, 5])(
  'fillNormals has the right share beyond %d',
  (edge) => {
    // A count of rare events is binomial: variance n p (1 - p).
    const probability = normalCdf(-Math.abs(edge))
    const share = mean((z) => (edge < 0 ? Number(z < edge) : Number(z > edge)))
    expect(Math.abs(share - probability)).toBeLessThan(5 * Math.sqrt((probability * (1 - probability)) / count))
  },
)

test('fillNormals passes the Kolmogorov-Smirnov test', () => {
  // sqrt(n) times the greatest distance of the distribution functions exceeds d with probability 2 exp(-2 d²): 1e-6 at
  // d = 2.7.
  const sorted = normals.slice(0, 500_000).sort()
  let distance = 0
  for (let rank = 0; rank < sorted.length; rank++) {
    const probability = normalCdf(sorted[rank]!)
    distance = Math.max(distance, (rank + 1) / sorted.length - probability, probability - rank / sorted.length)
  }
  expect(distance * Math.sqrt(sorted.length)).toBeLessThan(2.7)
})

test('fillNormals is uniform through its distribution function, in 1,000 equal classes', () => {
  // Where layers meet or their number is chosen wrongly, fine classes show it. Chi-square, 999 degrees of freedom.
  const counts = new Float64Array(1000)
  for (const z of normals) counts[Math.floor(normalCdf(z) * 1000)]! += 1
  const expected = count / 1000
  const chiSquare = counts.reduce((sum, seen) => sum + ((seen - expected) * (seen - expected)) / expected, 0)
  expect(Math.abs(chiSquare - 999)).toBeLessThan(5 * Math.sqrt(2 * 999))
})

test('fillNormals gives neighbours that are independent, in value and in size', () => {
  // The layer decides the size: were it tied to bits of the next number, squares would correlate. Products of
  // independent standard normals have variance 1; of centred squares, 2 · 2.
  const product = mean((z, index) => z * normals[(index + 1) % count]!)
  const sizes = mean((z, index) => (z * z - 1) * (normals[(index + 1) % count]! * normals[(index + 1) % count]! - 1))
  expect(Math.abs(product)).toBeLessThan(5 * Math.sqrt(1 / count))
  expect(Math.abs(sizes)).toBeLessThan(5 * Math.sqrt(4 / count))
})

test('fillNormals has numbers of full precision: no two are alike', () => {
  expect(new Set(normals.subarray(0, 1_000_000)).size).toBe(1_000_000)
})

test('fillNormals does not depend on how its numbers are divided into calls', () => {
  const generator = new Xoshiro128(stateOfRun(1, 0))
  const pieces = [1, 0, 7, 252, 1000, 740].flatMap((size) => [...fillNormals(generator, new Float64Array(size))])
  expect(pieces).toEqual([...normals.subarray(0, 2000)])
})

test('fillNormals takes its draws as next32 gives them, two to a number', () => {
  // The mean over layers of (width above / width) is 0.9724: so many numbers need no third draw. The share seen of 20,000
  // is binomial, with standard deviation 0.0012.
  let alike = 0
  for (let seed = 0; seed < 20_000; seed++) {
    const filled = new Xoshiro128(stateOfRun(seed, 0))
    const stepped = new Xoshiro128(stateOfRun(seed, 0))
    fillNormals(filled, new Float64Array(1))
    stepped.next32()
    stepped.next32()
    if (filled.state.every((word, index) => word === stepped.state[index])) alike++
  }
  expect(Math.abs(alike / 20_000 - 0.9724)).toBeLessThan(5 * 0.0012)
})
