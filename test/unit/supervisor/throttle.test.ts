import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createThrottle } from '../../../src/supervisor/throttle.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function setUp() {
  const report = vi.fn()
  return { report, throttle: createThrottle(report, 100) }
}

describe('createThrottle', () => {
  it('reports at once, then once an interval however often it is touched', () => {
    const { report, throttle } = setUp()
    const reports: number[] = []
    for (let ms = 0; ms <= 500; ms++) {
      const before = report.mock.calls.length
      throttle.touch()
      if (report.mock.calls.length > before) reports.push(ms)
      vi.advanceTimersByTime(1)
    }
    expect(reports).toEqual([0, 100, 200, 300, 400, 500])
  })

  it('counts the interval from the last report, not from the last touch', () => {
    const { report, throttle } = setUp()
    throttle.touch()
    vi.advanceTimersByTime(250)
    throttle.touch()
    vi.advanceTimersByTime(99)
    throttle.touch()
    expect(report).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(1)
    throttle.touch()
    expect(report).toHaveBeenCalledTimes(3)
  })

  it('reports a last time at its end, once, and never after', () => {
    const { report, throttle } = setUp()
    throttle.touch()
    throttle.end()
    expect(report).toHaveBeenCalledTimes(2)
    throttle.end()
    vi.advanceTimersByTime(1000)
    throttle.touch()
    expect(report).toHaveBeenCalledTimes(2)
  })

  it('has ended while it reports the last time', () => {
    const report = vi.fn(() => {
      throttle.touch()
      throttle.end()
    })
    const throttle = createThrottle(report, 100)
    throttle.end()
    expect(report).toHaveBeenCalledOnce()
  })
})
