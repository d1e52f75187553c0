import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RunLayout } from '../../../src/contract/experiment-plan.ts'
import { streamOfSeed } from '../../../src/numerics/random-stream.ts'
import {
  blockAt,
  blockOfRun,
  blocksPerPoint,
  defaultBlockSize,
  placeOfRun,
  runAt,
  runsOf,
  streamNumberOf,
  streamOfRun,
} from '../../../src/numerics/run-layout.ts'

const layouts = fc
  .record({
    points: fc.integer({ min: 1, max: 20 }),
    half: fc.integer({ min: 1, max: 300 }),
    size: fc.integer({ min: 1, max: 60 }),
    antithetic: fc.boolean(),
    commonRandomNumbers: fc.boolean(),
  })
  .map(({ points, half, size, antithetic, commonRandomNumbers }): RunLayout => ({
    points,
    replications: antithetic ? 2 * half : half,
    blockSize: antithetic ? 2 * size : size,
    antithetic,
    commonRandomNumbers,
  }))

test.each([
  [1, false, 1],
  [64, false, 1],
  [65, false, 2],
  [10_000, false, 157],
  [10_000, true, 158],
  [1_000_000, false, 4096],
  [1e12, true, 4096],
])('defaultBlockSize of %i replications (pairs: %s) is %i', (replications, antithetic, size) => {
  expect(defaultBlockSize(replications, antithetic)).toBe(size)
})

describe('runs', () => {
  test('lead to a place and back', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), (layout, number) => {
        const run = number % runsOf(layout)
        const place = placeOfRun(layout, run)
        expect(place.point).toBeLessThan(layout.points)
        expect(place.replication).toBeLessThan(layout.replications)
        expect(runAt(layout, place)).toBe(run)
      }),
    )
  })

  test('are each in exactly one block, of one point, and pairs are not split', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        let next = 0
        const blocks = layout.points * blocksPerPoint(layout)
        for (let index = 0; index < blocks; index++) {
          const block = blockAt(layout, index)
          expect(block.from).toBe(next)
          expect(block.to).toBeGreaterThan(block.from)
          expect(block.to - block.from).toBeLessThanOrEqual(layout.blockSize)
          expect(blockOfRun(layout, block.from)).toBe(index)
          expect(blockOfRun(layout, block.to - 1)).toBe(index)
          expect(placeOfRun(layout, block.from).point).toBe(block.point)
          expect(placeOfRun(layout, block.to - 1).point).toBe(block.point)
          if (layout.antithetic) expect([block.from % 2, block.to % 2]).toEqual([0, 0])
          next = block.to
        }
        expect(next).toBe(runsOf(layout))
      }),
      { numRuns: 50 },
    )
  })
})

describe('streamOfRun', () => {
  const base: RunLayout = { points: 3, replications: 10, blockSize: 2, antithetic: false, commonRandomNumbers: false }
  const draws = (layout: RunLayout, run: number) => {
    const stream = streamOfRun(layout, 5, run)
    return [stream.random(), ...stream.normals(new Float64Array(3))]
  }

  test('is that of (seed, run)', () => {
    const stream = streamOfSeed(5, 17)
    expect(draws(base, 17)).toEqual([stream.random(), ...stream.normals(new Float64Array(3))])
  })

  test('is that of (seed, replication) with common random numbers', () => {
    const common = { ...base, commonRandomNumbers: true }
    expect(draws(common, 17)).toEqual(draws(common, 7))
    expect(draws(common, 27)).toEqual(draws(base, 7))
    expect(draws(common, 7)).not.toEqual(draws(common, 8))
  })

  test('mirrors the second run of an antithetic pair', () => {
    const paired = { ...base, antithetic: true }
    const [uniform, ...normals] = draws(paired, 16)
    const [mirrored, ...negated] = draws(paired, 17)
    expect(draws(base, 16)).toEqual([uniform, ...normals])
    expect(uniform! + mirrored!).toBe(1 - 2 ** -53)
    expect(negated).toEqual(normals.map((value) => -value))
  })

  test('belongs to one pair alone, unless random numbers are common', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const seen = new Map<string, number>()
        for (let run = 0; run < Math.min(runsOf(layout), 500); run++) {
          const { stream, isMirrored } = streamNumberOf(layout, run)
          const key = `${stream} ${isMirrored}`
          const other = seen.get(key)
          if (other !== undefined)
            expect([layout.commonRandomNumbers, (run - other) % layout.replications]).toEqual([true, 0])
          seen.set(key, run)
          if (isMirrored) expect(streamNumberOf(layout, run - 1)).toEqual({ stream, isMirrored: false })
        }
      }),
      { numRuns: 50 },
    )
  })
})
