import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TroupeError } from '../../../src/contract/errors.ts'
import { LatencyHistogram } from '../../../src/middleware/latency-histogram.ts'
import { metrics } from '../../../src/middleware/metrics.ts'
import { makeHost, stand } from './stage.ts'

describe('metrics', () => {
  it('counts executions, errors by code and latency for each service', async () => {
    const clock = { now: 0 }
    const middleware = metrics({}, makeHost(), () => clock.now)
    const { run } = stand(middleware, ({ data }) => {
      clock.now += 10
      if (data === 'troupe') throw new TroupeError('COMPONENT_FAILED', 'Broke')
      if (data === 'plain') throw new Error('Broke')
      return data
    })
    await run()
    await run({ service_id: 'pricing', data: 'troupe' }).catch(() => {})
    await run({ service_id: 'pricing', data: 'troupe' }).catch(() => {})
    await run({ service_id: 'pricing', data: 'plain' }).catch(() => {})
    await run({ service_id: '__proto__' }).catch(() => {})
    const stats = middleware.stats!()
    expect(stats['pricing']).toMatchObject({
      count: 4,
      inFlight: 0,
      errors: 3,
      errorsByCode: { COMPONENT_FAILED: 2, OTHER: 1 },
      latency: { meanMs: 10, maxMs: 10, buckets: [{ count: 4 }] },
    })
    expect(Object.keys(stats)).toEqual(['pricing', '__proto__'])
    expect(structuredClone(stats)).toEqual(stats)
  })

  it('counts what is in flight', async () => {
    const middleware = metrics({}, makeHost())
    let finish!: () => void
    const { run } = stand(middleware, () => new Promise<void>((resolve) => (finish = resolve)))
    const running = run()
    expect(middleware.stats!()).toMatchObject({ pricing: { count: 0, inFlight: 1 } })
    finish()
    await running
    expect(middleware.stats!()).toMatchObject({ pricing: { count: 1, inFlight: 0 } })
  })
})

describe('LatencyHistogram', () => {
  it('is empty at first', () => {
    expect(new LatencyHistogram().summary()).toEqual({ meanMs: 0, maxMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, buckets: [] })
  })

  it('estimates quantiles to within a bucket, and loses no latency', () => {
    const latencies = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(latencies, (all) => {
        const histogram = new LatencyHistogram()
        for (const ms of all) histogram.record(ms)
        const { buckets, maxMs, ...summary } = histogram.summary()
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(all.length)
        const sorted = all.toSorted((a, b) => a - b)
        expect(maxMs).toBe(sorted.at(-1))
        for (const [share, estimate] of [
          [0.5, summary.p50Ms],
          [0.9, summary.p90Ms],
          [0.99, summary.p99Ms],
        ] as const) {
          const exact = sorted[Math.ceil(share * all.length) - 1]!
          if (exact < 0.001 || exact > 1e6) continue
          expect(estimate / exact).toBeGreaterThan(10 ** (-1 / 8) - 1e-9)
          expect(estimate / exact).toBeLessThan(10 ** (1 / 8) + 1e-9)
        }
      }),
    )
  })
})
