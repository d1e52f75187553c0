import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChunkSituation, MAX_CHUNK, TARGET_MS, chunkSize, takesChunk } from '../../../src/supervisor/chunk-size.ts'

fc.configureGlobal({ seed: 20260107 })

const situation: fc.Arbitrary<ChunkSituation> = fc.record({
  waiting: fc.oneof(fc.nat(5), fc.nat(100_000)),
  lanes: fc.integer({ min: 1, max: 64 }),
  costMs: fc.option(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e4, noNaN: true })), { nil: undefined }),
})

const idle: ChunkSituation = { waiting: 1000, lanes: 4, costMs: 0.01 }

describe('chunkSize', () => {
  it('is a whole number, never more than wait, than the fair share of a lane, or than MAX_CHUNK', () => {
    fc.assert(
      fc.property(situation, (now) => {
        const size = chunkSize(now)
        expect(Number.isInteger(size)).toBe(true)
        expect(size).toBeGreaterThanOrEqual(0)
        expect(size).toBeLessThanOrEqual(now.waiting)
        expect(size).toBeLessThanOrEqual(Math.ceil(now.waiting / now.lanes))
        expect(size).toBeLessThanOrEqual(MAX_CHUNK)
      }),
      { numRuns: 1000 },
    )
  })

  it('gives an idle lane one context at least, and no more than one where the cost is unknown', () => {
    fc.assert(
      fc.property(situation, (now) => {
        fc.pre(now.waiting > 0)
        const size = chunkSize(now)
        expect(size).toBeGreaterThan(0)
        if (now.costMs === undefined) expect(size).toBe(1)
      }),
    )
  })

  it('takes as many as fill TARGET_MS, and one where a single context takes longer', () => {
    fc.assert(
      fc.property(situation, (now) => {
        fc.pre(now.costMs !== undefined && now.costMs > 0)
        const size = chunkSize(now)
        if (size > 1) expect(size * now.costMs!).toBeLessThanOrEqual(TARGET_MS)
        const fair = Math.min(Math.ceil(now.waiting / now.lanes), MAX_CHUNK)
        // One more would be too long, too many, or unfair.
        if (size > 0 && size < fair) expect((size + 1) * now.costMs!).toBeGreaterThan(TARGET_MS)
      }),
      { numRuns: 1000 },
    )
  })

  it.each<[string, Partial<ChunkSituation>, number]>([
    ['nothing where nothing waits', { waiting: 0 }, 0],
    ['the fair share', { costMs: 1e-6 }, 250],
    ['the fair share, rounded up', { waiting: 9, costMs: 1e-6 }, 3],
    ['what fills the target', { costMs: 0.02 }, 100],
    ['MAX_CHUNK of contexts that cost nothing', { waiting: 1e6, costMs: 0 }, MAX_CHUNK],
    ['one that takes long', { costMs: 50 }, 1],
    ['one of unknown cost', { costMs: undefined }, 1],
  ])('sends %s', (_, change, size) => {
    expect(chunkSize({ ...idle, ...change })).toBe(size)
  })
})

describe('takesChunk', () => {
  it.each([
    ['an idle lane', 0, 0, true],
    ['an idle lane, whatever it was busy with', 0, Infinity, true],
    ['a lane with a short chunk', 1, 4, true],
    ['a lane that is busy for 25 ms', 1, 25, true],
    ['no lane that is busy for longer', 1, 25.1, false],
    ['no lane whose chunk has not been measured', 1, Infinity, false],
    ['no lane with two chunks', 2, 0, false],
  ])('lets %s take one', (_, chunksInFlight, pendingMs, takes) => {
    expect(takesChunk(chunksInFlight, pendingMs)).toBe(takes)
  })
})
