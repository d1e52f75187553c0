import { expect, test } from 'vitest'
import { Xoshiro128 } from '../../../src/numerics/xoshiro128.ts'

test('Xoshiro128 gives the numbers of the reference implementation', () => {
  const generator = new Xoshiro128([1, 2, 3, 4])
  // From xoshiro128starstar.c of prng.di.unimi.it, state { 1, 2, 3, 4 }.
  expect(Array.from({ length: 10 }, () => generator.next32())).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ])
})

test('Xoshiro128.uniform joins two draws to 53 bits, high word first', () => {
  const uniforms = new Xoshiro128([1, 2, 3, 4])
  const words = new Xoshiro128([1, 2, 3, 4])
  for (let draw = 0; draw < 1000; draw++) {
    const bits = BigInt(words.next32()) * 2097152n + BigInt(words.next32() >>> 11)
    expect(uniforms.uniform() * 2 * 0x10000000000000).toBe(Number(bits))
  }
})

test('Xoshiro128 refuses a state that it would never leave, or that is no state', () => {
  expect(() => new Xoshiro128([0, 0, 0, 0])).toThrow(RangeError)
  expect(() => new Xoshiro128([1, 2, 3])).toThrow(RangeError)
})

test('Xoshiro128 does not change the array it was given', () => {
  const state = Int32Array.of(1, 2, 3, 4)
  new Xoshiro128(state).next32()
  expect([...state]).toEqual([1, 2, 3, 4])
})

test('Xoshiro128 has low bits as good as its high ones', () => {
  // The ziggurat takes its layer from the lowest 7 bits of one draw and its number from the rest and the draw before.
  // Both must be uniform and independent: chi-square over 128 layers × 16 ranges of the number. With 2,047 degrees of
  // freedom it has standard deviation sqrt(2 · 2047) = 64; 5 of them are exceeded by chance about once in 10^6.
  const generator = new Xoshiro128([5, 6, 7, 8])
  const counts = new Float64Array(128 * 16)
  const draws = 2_048_000
  for (let draw = 0; draw < draws; draw++) {
    const range = generator.next32() >>> 28
    counts[(generator.next32() & 127) * 16 + range]! += 1
  }
  const expected = draws / counts.length
  const chiSquare = counts.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0)
  expect(Math.abs(chiSquare - 2047)).toBeLessThan(5 * 64)
})
