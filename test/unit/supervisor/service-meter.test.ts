import { describe, expect, it } from 'vitest'
import { ServiceMeter } from '../../../src/supervisor/service-meter.ts'

const about = (value: number) => expect.closeTo(value, 1) as number

describe('ServiceMeter', () => {
  it('has nothing to say before anything has run', () => {
    expect(new ServiceMeter().stats(0, performance.now())).toEqual({
      rate: 0,
      wait: undefined,
      run: undefined,
      meanChunk: undefined,
      transportShare: undefined,
    })
  })

  it('weighs chunks by their contexts', () => {
    const meter = new ServiceMeter()
    for (const [size, waitedMs, ranMs] of [
      [90, 1, 90],
      [10, 20, 1_000],
    ] as const) {
      meter.sent(size)
      meter.ended(size, waitedMs, ranMs * 2)
      meter.ran(size, ranMs)
    }
    const { wait, run, meanChunk, transportShare } = meter.stats(100, performance.now())
    expect(meanChunk).toBe(50)
    expect(wait).toEqual({ mean: about(2.9), p50: about(1), p90: about(1), p99: expect.closeTo(20, -1) as number })
    expect(run?.mean).toBeCloseTo(10.9)
    expect(run?.p99).toBeGreaterThan(95)
    expect(transportShare).toBe(0.5)
  })

  it.each([
    ['more than the lane was busy', 5, 0],
    ['for no time at all', 0, 1],
  ])('keeps the share of transport between 0 and 1 where contexts ran %s', (_name, ranMs, share) => {
    const meter = new ServiceMeter()
    meter.ended(1, undefined, 2)
    meter.ran(1, ranMs)
    expect(meter.stats(1, performance.now()).transportShare).toBe(share)
  })

  it('is not impressed by what a component may post in the name of its lane', () => {
    const meter = new ServiceMeter()
    for (const ms of [NaN, -5, Infinity]) meter.ran(1, ms)
    meter.ran(-3, 5)
    meter.ran(NaN, 5)
    expect(meter.stats(0, performance.now()).run).toBeUndefined()
  })
})
