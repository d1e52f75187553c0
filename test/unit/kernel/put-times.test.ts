import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PutTimes } from '../../../src/kernel/put-times.ts'

fc.configureGlobal({ seed: 20260132 })

function setUp() {
  const clock = { now: 0, reads: 0 }
  const times = new PutTimes(() => {
    clock.reads++
    return clock.now
  })
  return { clock, times }
}

describe('PutTimes', () => {
  it('knows nothing of an empty queue', () => {
    expect(setUp().times.frontAt(0)).toBeUndefined()
  })

  it('knows exactly when an item came into an empty queue', () => {
    const { clock, times } = setUp()
    for (clock.now = 10; clock.now < 200; clock.now += 10) {
      times.put(0)
      expect(times.frontAt(1)).toBe(clock.now)
    }
  })

  it('reads the clock for one item in 64 while the queue is not empty', () => {
    const { clock, times } = setUp()
    for (let length = 0; length < 6_400; length++) times.put(length)
    expect(clock.reads).toBe(100)
  })

  it('is right for items that come evenly, in whatever portions they are taken', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 20 }), (portions) => {
        const { clock, times } = setUp()
        const count = portions.reduce((sum, portion) => sum + portion, 1)
        for (let length = 0; length < count; length++) {
          times.put(length)
          clock.now++
        }
        let taken = 0
        for (const portion of portions) {
          taken += portion
          // Behind the last stamp, the time is that of the stamp.
          const last = Math.floor((count - 1) / 64) * 64
          expect(times.frontAt(count - taken)).toBeCloseTo(Math.min(taken, last))
        }
      }),
    )
  })

  it('knows when a burst began that came after the time of another was asked for', () => {
    const { clock, times } = setUp()
    for (let length = 0; length < 10; length++) times.put(length)
    times.frontAt(10)
    clock.now = 30
    for (let length = 9; length < 20; length++) times.put(length)
    clock.now = 70
    expect(times.frontAt(11)).toBe(30)
  })

  it('does not know when an item came that was put back', () => {
    const { clock, times } = setUp()
    times.put(0)
    clock.now = 50
    times.put(0)
    expect(times.frontAt(1)).toBe(50)
    expect(times.frontAt(2)).toBeUndefined()
  })
})
