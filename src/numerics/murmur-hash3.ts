/** Four 32-bit words, as signed integers. */
export type Words = readonly [number, number, number, number]

/**
 * MurmurHash3_x86_128 with seed 0, of whole blocks of four 32-bit words (the bytes of the original, little-endian).
 * Of one block it is a bijection: different blocks give different hashes. Source: Austin Appleby, SMHasher, in the
 * public domain.
 *
 * @param words 32-bit words, of either sign.
 * @throws {RangeError} The words are no whole number of blocks.
 */
export function murmurHash3(words: ArrayLike<number>): Words {
  if (words.length % 4 !== 0) throw new RangeError('murmurHash3 takes blocks of four words')
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  for (let at = 0; at < words.length; at += 4) {
    h1 ^= Math.imul(rotate(Math.imul(words[at]!, 0x239b961b), 15), 0xab0e9789)
    h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0
    h2 ^= Math.imul(rotate(Math.imul(words[at + 1]!, 0xab0e9789), 16), 0x38b34ae5)
    h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0
    h3 ^= Math.imul(rotate(Math.imul(words[at + 2]!, 0x38b34ae5), 17), 0xa1e38b93)
    h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0
    h4 ^= Math.imul(rotate(Math.imul(words[at + 3]!, 0xa1e38b93), 18), 0x239b961b)
    h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0
  }
  const bytes = words.length * 4
  return finish(h1 ^ bytes, h2 ^ bytes, h3 ^ bytes, h4 ^ bytes)
}

/** The hash of one block; each run of an experiment begins with one, so nothing is made on the way to it. */
export function murmurHash3OfBlock(word1: number, word2: number, word3: number, word4: number): Words {
  const h1 = Math.imul(rotate(Math.imul(word1, 0x239b961b), 15), 0xab0e9789)
  const mixed1 = (Math.imul(rotate(h1, 19), 5) + 0x561ccd1b) | 0
  const h2 = Math.imul(rotate(Math.imul(word2, 0xab0e9789), 16), 0x38b34ae5)
  const mixed2 = (Math.imul(rotate(h2, 17), 5) + 0x0bcaa747) | 0
  const h3 = Math.imul(rotate(Math.imul(word3, 0x38b34ae5), 17), 0xa1e38b93)
  const mixed3 = (Math.imul(rotate(h3, 15), 5) + 0x96cd1c35) | 0
  const h4 = Math.imul(rotate(Math.imul(word4, 0xa1e38b93), 18), 0x239b961b)
  const mixed4 = (Math.imul(rotate(h4, 13) + mixed1, 5) + 0x32ac3b17) | 0
  return finish(mixed1 ^ 16, mixed2 ^ 16, mixed3 ^ 16, mixed4 ^ 16)
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** Lets each of the four words depend on all, mixes their bits, and does so again. */
function finish(h1: number, h2: number, h3: number, h4: number): Words {
  const sum = (h1 + h2 + h3 + h4) | 0
  const word1 = finalMix(sum)
  const word2 = finalMix((h2 + sum) | 0)
  const word3 = finalMix((h3 + sum) | 0)
  const word4 = finalMix((h4 + sum) | 0)
  const total = (word1 + word2 + word3 + word4) | 0
  return [total, (word2 + total) | 0, (word3 + total) | 0, (word4 + total) | 0]
}

/** Mixes the bits of one word; a bijection. */
export function finalMix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
