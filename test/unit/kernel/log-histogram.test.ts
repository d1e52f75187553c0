import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogHistogram } from '../../../src/kernel/log-histogram.ts'

fc.configureGlobal({ seed: 20260131 })

function histogramOf(values: readonly (readonly [value: number, times: number])[]): LogHistogram {
  const histogram = new LogHistogram()
  for (const [value, times] of values) histogram.record(value, times)
  return histogram
}

// As they come: many magnitudes, and values at and around the bounds of buckets.
const magnitudes = fc.double({ min: -3, max: 6, noNaN: true }).map((exponent) => 10 ** exponent)
const bounds = fc
  .tuple(fc.integer({ min: 1, max: 215 }), fc.constantFrom(1 - 1e-12, 1, 1 + 1e-12))
  .map(([bucket, nudge]) => 0.001 * 10 ** (bucket / 24) * nudge)
const weighted = fc.tuple(fc.oneof(magnitudes, bounds), fc.integer({ min: 1, max: 5 }))

describe('LogHistogram', () => {
  it('says 0 where there is nothing', () => {
    const histogram = new LogHistogram()
    expect([histogram.count, histogram.sum, histogram.max, histogram.quantile(0.5)]).toEqual([0, 0, 0, 0])
    expect(histogram.buckets()).toEqual([])
  })

  it('gives every quantile to within 5 % of the exact one', () => {
    fc.assert(
      fc.property(
        fc.array(weighted, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const sorted = values.flatMap(([value, times]) => Array<number>(times).fill(value)).toSorted((a, b) => a - b)
          const exact = sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)]!
          expect(Math.abs(histogramOf(values).quantile(share) / exact - 1)).toBeLessThan(0.05)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('counts, sums and finds the greatest exactly, whatever the buckets', () => {
    fc.assert(
      fc.property(fc.array(weighted, { minLength: 1 }), (values) => {
        const histogram = histogramOf(values)
        const count = values.reduce((sum, [, times]) => sum + times, 0)
        expect(histogram.count).toBe(count)
        expect(histogram.sum).toBeCloseTo(values.reduce((sum, [value, times]) => sum + value * times, 0))
        expect(histogram.max).toBe(Math.max(...values.map(([value]) => value)))
        expect(histogram.buckets().reduce((sum, bucket) => sum + bucket.count, 0)).toBe(count)
      }),
    )
  })

  it('never gives less for a greater share', () => {
    fc.assert(
      fc.property(fc.array(weighted, { minLength: 1 }), (values) => {
        const histogram = histogramOf(values)
        const quantiles = [0, 0.1, 0.5, 0.9, 0.99, 1].map((share) => histogram.quantile(share))
        expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b))
      }),
    )
  })

  it('takes what is out of its range as at its ends', () => {
    expect(histogramOf([[0, 1]]).quantile(0.5)).toBe(0)
    expect(histogramOf([[5e7, 1]]).quantile(0.5)).toBe(5e7)
  })

  it.each([NaN, -1, Infinity])('passes over %s', (value) => {
    expect(histogramOf([[value, 1]]).count).toBe(0)
  })
})
