import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { breakEvenUs } from '../../../src/cli/break-even.ts'

fc.configureGlobal({ seed: 20260133 })

const us = fc.double({ min: 0.01, max: 1_000, noNaN: true })
const many = fc.integer({ min: 2, max: 64 })

describe('breakEvenUs', () => {
  it('is the cost from which on the slowest of main thread, workers and cores beats a loop', () => {
    fc.assert(
      fc.property(us, us, many, many, (mainUs, laneUs, workers, cores) => {
        const threadsUs = (runUs: number) =>
          Math.max(mainUs, (runUs + laneUs) / workers, (mainUs + laneUs + runUs) / cores)
        const cost = breakEvenUs({ mainUs, laneUs, workers, cores })!
        expect(threadsUs(cost * 1.001)).toBeLessThan(cost * 1.001)
        expect(threadsUs(cost * 0.999)).toBeGreaterThan(cost * 0.999)
      }),
    )
  })

  it.each([
    [1, 8],
    [8, 1],
  ])('is none with %i workers on %i cores', (workers, cores) => {
    expect(breakEvenUs({ mainUs: 1, laneUs: 1, workers, cores })).toBeUndefined()
  })
})
