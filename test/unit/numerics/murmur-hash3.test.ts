import fc from 'fast-check'
import { expect, test } from 'vitest'
import { murmurHash3, murmurHash3OfBlock } from '../../../src/numerics/murmur-hash3.ts'

// The C reference of SMHasher (verification value B3ECE62A), seed 0, of the bytes 0, 1, 2, …
test.each([
  [16, ['6c25c825', '559180ee', 'ea538074', '89a55bef']],
  [48, ['bf0490bc', '0ec07a3d', '00412110', '201258e7']],
])('murmurHash3 of %i bytes is that of the reference implementation', (length, hash) => {
  const words = new Int32Array(Uint8Array.from({ length }, (_, index) => index).buffer)
  expect([...murmurHash3(words)].map((word) => (word >>> 0).toString(16).padStart(8, '0'))).toEqual(hash)
})

test('murmurHash3 refuses what is no whole number of blocks', () => {
  expect(() => murmurHash3(new Int32Array(3))).toThrow(RangeError)
})

test('murmurHash3OfBlock is murmurHash3 of one block, whatever its words', () => {
  const word = fc.oneof(fc.integer(), fc.maxSafeInteger())
  fc.assert(
    fc.property(word, word, word, word, (...words) => {
      expect(murmurHash3OfBlock(...words)).toEqual(murmurHash3(words))
    }),
    { seed: 20261123 },
  )
})
