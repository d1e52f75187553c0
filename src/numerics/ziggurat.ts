import type { Xoshiro128 } from './xoshiro128.ts'

// Normal numbers by a ziggurat of 128 layers of equal area: Marsaglia and Tsang, "The Ziggurat Method for Generating
// Random Variables", J. Stat. Soft. 5 (2000), with the correction of Doornik, "An Improved Ziggurat Method to Generate
// Normal Random Samples" (2005, his ZIGNOR): the layer must not come from bits that also make the number. Each normal
// takes two 32-bit draws; 53 bits make the number, and 7 of the 11 left over choose the layer.

const layers = 128
/** Where the tail begins, and the area of each layer (Doornik, table 1). */
const tailStart = 3.442619855899
const layerArea = 9.91256303526217e-3

/** Right edges of the layers, falling from the base layer's (wider than the tail's start, by its area) to zero. */
const edges = new Float64Array(layers + 1)
/** By layer, in pairs: the fraction of its width that lies wholly under the curve, and its width. */
const layerTable = new Float64Array(2 * layers)

/** 2^-31 and 2^-53. Read from memory they stay in registers; as literals they would be made anew in every round. */
const scales = Float64Array.of(4.656612873077393e-10, 1.1102230246251565e-16)

let density = Math.exp(-0.5 * tailStart * tailStart)
edges[0] = layerArea / density
edges[1] = tailStart
for (let layer = 2; layer < layers; layer++) {
  const above = edges[layer - 1]!
  edges[layer] = Math.sqrt(-2 * Math.log(layerArea / above + density))
  density = Math.exp(-0.5 * edges[layer]! * edges[layer]!)
}
for (let layer = 0; layer < layers; layer++) {
  layerTable[2 * layer] = edges[layer + 1]! / edges[layer]!
  layerTable[2 * layer + 1] = edges[layer]!
}

/**
 * Fills `target` with independent standard normal numbers and returns it. Their sequence does not depend on how it is
 * cut into calls.
 */
export function fillNormals(generator: Xoshiro128, target: Float64Array): Float64Array {
  const { state } = generator
  const table = layerTable
  const { length } = target
  const highScale = scales[0]!
  const lowScale = scales[1]!
  let index = 0
  while (index < length) {
    // The generator's steps are written out here, on local variables: calls to `next32` would make this half as fast. They
    // are read one by one, since destructured they would be of any type to the compiler; and the inner loop calls
    // nothing, so that all of them stay in registers.
    let s0 = state[0]
    let s1 = state[1]
    let s2 = state[2]
    let s3 = state[3]
    let fraction = 0
    let layer = 0
    while (index < length) {
      const high = Math.imul(s1, 5)
      let shifted = s1 << 9
      s2 ^= s0
      s3 ^= s1
      s1 ^= s2
      s0 ^= s3
      s2 ^= shifted
      s3 = (s3 << 11) | (s3 >>> 21)
      const low = Math.imul(s1, 5)
      shifted = s1 << 9
      s2 ^= s0
      s3 ^= s1
      s1 ^= s2
      s0 ^= s3
      s2 ^= shifted
      s3 = (s3 << 11) | (s3 >>> 21)

      const highBits = Math.imul((high << 7) | (high >>> 25), 9)
      const lowBits = Math.imul((low << 7) | (low >>> 25), 9)
      // An odd multiple of 2^-53 in (-1, 1): exactly symmetric and never zero.
      fraction = highBits * highScale + ((lowBits >>> 10) | 1) * lowScale
      layer = lowBits & 127
      if (!(Math.abs(fraction) < table[2 * layer]!)) break
      target[index++] = fraction * table[2 * layer + 1]!
    }
    state[0] = s0
    state[1] = s1
    state[2] = s2
    state[3] = s3
    if (index === length) break
    // One in 36 comes here: into the part of a layer that the curve crosses, or into the base layer's tail.
    const edgeCase = layer === 0 ? tail(generator, fraction < 0) : wedge(generator, layer, fraction)
    if (!Number.isNaN(edgeCase)) target[index++] = edgeCase
  }
  return target
}

/** Accepts the point where a uniform height falls below the curve; NaN says to draw another. */
function wedge(generator: Xoshiro128, layer: number, fraction: number): number {
  const outer = edges[layer]!
  const inner = edges[layer + 1]!
  const x = fraction * outer
  const bottom = Math.exp(-0.5 * (outer * outer - x * x))
  const top = Math.exp(-0.5 * (inner * inner - x * x))
  return bottom + generator.uniform() * (top - bottom) < 1 ? x : NaN
}

/** Beyond the tail's start, by Marsaglia, "Generating a Variable from the Tail of the Normal Distribution" (1964). */
function tail(generator: Xoshiro128, negative: boolean): number {
  for (;;) {
    // 1 - uniform lies in (0, 1], so that no logarithm is infinite.
    const x = Math.log(1 - generator.uniform()) / tailStart
    const y = Math.log(1 - generator.uniform())
    if (-2 * y >= x * x) return negative ? x - tailStart : tailStart - x
  }
}
