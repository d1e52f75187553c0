import { describe, expect, it } from 'vitest'
import { RateWindow } from '../../../src/kernel/rate-window.ts'

/** A window that began at 5,300 ms and has seen `perTick` things every 25 ms since, until `until`. */
function steady(perTick: number, until: number): RateWindow {
  const window = new RateWindow(5_300)
  let total = 0
  for (let now = 5_325; now <= until; now += 25) window.observe((total += perTick), now)
  return window
}

describe('RateWindow', () => {
  it('is 0 at first, and where nothing happens', () => {
    const window = new RateWindow(5_300)
    expect(window.perSecond(5_300)).toBe(0)
    expect(window.perSecond(99_000)).toBe(0)
  })

  it('counts since the beginning where that is less than ten seconds ago', () => {
    expect(steady(5, 5_800).perSecond(5_800)).toBe(200)
    expect(steady(5, 13_300).perSecond(13_300)).toBe(200)
  })

  it('counts over the last ten seconds after that', () => {
    for (const until of [20_000, 20_500, 20_975]) expect(steady(5, until).perSecond(until)).toBeCloseTo(200, -1)
  })

  it('forgets what was more than ten seconds ago', () => {
    const window = steady(5, 20_000)
    expect(window.perSecond(24_500)).toBeLessThan(120)
    expect(window.perSecond(31_000)).toBe(0)
    window.observe(2_945 + 90, 100_000)
    expect(window.perSecond(100_500)).toBeLessThan(20)
  })
})
