import { finalMix } from './murmur-hash3.ts'
import type { Xoshiro128 } from './xoshiro128.ts'

const rounds = 64

/** One permutation of 0 … size - 1 that is asked place by place, without memory for all of them. */
export interface Shuffle {
  readonly size: number
  /** For each round, the number that a place and its partner add up to, and the key of their coin. */
  readonly partners: Int32Array
  readonly keys: Int32Array
}

/**
 * Draws a permutation: the swap-or-not shuffle of Hoang, Morris and Rogaway, "An Enciphering Scheme Based on a Card
 * Shuffle", CRYPTO 2012. Each round pairs places at random and swaps each pair on a coin; 64 rounds mix far beyond what
 * a design of experiments can tell from a uniform choice. `size` is at most 2^30.
 */
export function drawShuffle(size: number, generator: Xoshiro128): Shuffle {
  return {
    size,
    partners: Int32Array.from({ length: rounds }, () => Math.floor(generator.uniform() * size)),
    keys: Int32Array.from({ length: rounds }, () => generator.next32()),
  }
}

/** Where the permutation takes `place`. */
export function shuffled({ size, partners, keys }: Shuffle, place: number): number {
  let at = place
  for (let round = 0; round < rounds; round++) {
    const difference = partners[round]! - at
    const partner = difference < 0 ? difference + size : difference
    // Both of a pair must see the same coin.
    if ((finalMix((at > partner ? at : partner) ^ keys[round]!) & 1) !== 0) at = partner
  }
  return at
}
