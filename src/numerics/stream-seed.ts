import { murmurHash3, murmurHash3OfBlock, type Words } from './murmur-hash3.ts'

// Where a random stream begins. The hashes below are part of what makes results reproducible: a change of any
// changes every number that was ever simulated.

/**
 * The state of stream `run` of `seed`: the hash of the block (seed's low and high 32 bits, run's low and high 32 bits),
 * in two's complement. Different pairs have different states, since the hash of one block is a bijection.
 *
 * @throws {RangeError} `seed` or `run` is no safe integer.
 */
export function stateOfRun(seed: number, run: number): Words {
  requireSafe('seed', seed)
  requireSafe('run', run)
  return neverZero(murmurHash3OfBlock(seed, highWord(seed), run, highWord(run)))
}

/**
 * The state of a stream that draws the design of an experiment: the hash of two blocks, (seed's low and high 32 bits,
 * point's low and high 32 bits) and (dimension, 1 for a sample or 2 for a shuffle, 0, 0). Runs, of one block, never share
 * a stream with it but by accident of a hash of 128 bits.
 *
 * @throws {RangeError} `seed` or `point` is no safe integer.
 */
export function stateOfDesign(seed: number, purpose: 'sample' | 'shuffle', point: number, dimension: number): Words {
  requireSafe('seed', seed)
  requireSafe('point', point)
  const code = purpose === 'sample' ? 1 : 2
  return neverZero(murmurHash3([seed, highWord(seed), point, highWord(point), dimension, code, 0, 0]))
}

/**
 * The state of the stream of one request: the hash of both lengths in UTF-16 code units, each as one word, and then of
 * both strings in UTF-16LE without a gap, padded with zeros to a whole block.
 */
export function stateOfRequest(serviceId: string, requestId: string): Words {
  return neverZero(hashStrings(serviceId, requestId))
}

/** 32 bits of `text`, from 0 to 2^32 - 1; for shares and buckets, not for secrets. */
export function hash32(text: string): number {
  return hashStrings(text, '')[0]! >>> 0
}

function hashStrings(first: string, second: string): Words {
  const units = first.length + second.length
  const words = new Int32Array(Math.ceil((4 + units) / 8) * 4)
  words[0] = first.length
  words[1] = second.length
  for (let unit = 0; unit < units; unit++) {
    const code = unit < first.length ? first.charCodeAt(unit) : second.charCodeAt(unit - first.length)
    words[2 + (unit >> 1)]! |= code << (16 * (unit & 1))
  }
  return murmurHash3(words)
}

function requireSafe(name: string, value: number): void {
  if (!Number.isSafeInteger(value))
    throw new RangeError(`A ${name} must be an integer within ±(2^53 - 1), not ${value}`)
}

function highWord(integer: number): number {
  return Math.floor(integer / 0x100000000)
}

/** One input in 2^128 hashes to all zero, a state that the generator would never leave. */
function neverZero(state: Words): Words {
  return (state[0] | state[1] | state[2] | state[3]) === 0 ? [1, 2, 3, 4] : state
}
