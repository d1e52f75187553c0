import { expect, test } from 'vitest'
import { type RandomStream, streamOfRequest, streamOfSeed } from '../../../src/numerics/random-stream.ts'

function take(stream: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => stream.random())
}

test('streamOfSeed never changes its numbers', () => {
  const stream = streamOfSeed(42)
  expect(take(stream, 2)).toEqual([0.11447640475413234, 0.3515508989244127])
  expect([...stream.normals(new Float64Array(4))]).toEqual([
    -0.3979086061423434, 0.7897885969463392, 2.3349673415034413, -0.4529971476574013,
  ])
})

test('streamOfSeed and streamOfRequest depend on what they are given alone', () => {
  expect(take(streamOfSeed(7), 100)).toEqual(take(streamOfSeed(7), 100))
  expect(take(streamOfRequest('a', 'b'), 100)).toEqual(take(streamOfRequest('a', 'b'), 100))
})

test('streams of different seeds, runs and requests differ', () => {
  const streams = [
    ...Array.from({ length: 1000 }, (_, seed) => streamOfSeed(seed)),
    ...Array.from({ length: 1000 }, (_, run) => streamOfSeed(1, run + 1)),
    ...Array.from({ length: 1000 }, (_, id) => streamOfRequest('simulation', `req-${id}`)),
    ...Array.from({ length: 1000 }, (_, id) => streamOfRequest('valuation', `req-${id}`)),
  ]
  // Two uniform numbers have 53 bits: 4,000 first ones collide by chance with probability 4000² / 2^54, or 1e-9.
  expect(new Set(streams.map((stream) => stream.random())).size).toBe(streams.length)
})

test('the first numbers of consecutive seeds are not correlated', () => {
  // The correlation of n independent pairs has standard deviation 1 / sqrt(n); 5 of them are allowed.
  const pairs = 20_000
  const firsts = Array.from({ length: pairs + 1 }, (_, seed) => streamOfSeed(seed).random() - 0.5)
  let products = 0
  for (let seed = 0; seed < pairs; seed++) products += firsts[seed]! * firsts[seed + 1]!
  expect(Math.abs((products / pairs) * 12)).toBeLessThan(5 / Math.sqrt(pairs))
})
