import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CrashHistory, recordCrash, reopenDelayMs } from '../../../src/supervisor/restart-budget.ts'

fc.configureGlobal({ seed: 20260108 })

/** Which of the crashes, each so long after the one before, exceed the budget. */
function verdicts(waits: readonly number[], maxRestarts: number, withinMs: number): boolean[] {
  let history: CrashHistory = []
  let now = 0
  return waits.map((wait) => {
    now += wait
    const recorded = recordCrash(history, now, { maxRestarts, withinMs })
    history = recorded.history
    return recorded.exceeded
  })
}

describe('recordCrash', () => {
  it('exceeds with the crash after maxRestarts within the time, and starts anew after that', () => {
    expect(verdicts([0, 1, 1, 1, 1, 1, 1], 2, 100)).toEqual([false, false, true, false, false, true, false])
  })

  it('forgets crashes as they leave the window', () => {
    expect(verdicts([0, 50, 50], 2, 100)).toEqual([false, false, false])
    expect(verdicts([0, 50, 49], 2, 100)).toEqual([false, false, true])
    expect(verdicts([0, 60, 60, 60, 60], 2, 100)).toEqual([false, false, false, false, false])
  })

  it('allows none where maxRestarts is 0', () => {
    expect(verdicts([0, 5], 0, 100)).toEqual([true, true])
  })

  it('says what a count over the window since the last excess says', () => {
    const waits = fc.array(fc.nat(60), { maxLength: 60 })
    fc.assert(
      fc.property(waits, fc.nat(5), fc.integer({ min: 1, max: 200 }), (waits, maxRestarts, withinMs) => {
        const crashes: number[] = []
        let now = 0
        let since = 0
        const expected = waits.map((wait, index) => {
          now += wait
          crashes.push(now)
          const count = crashes.slice(since).filter((at) => now - at < withinMs).length
          if (count > maxRestarts) since = index + 1
          return count > maxRestarts
        })
        expect(verdicts(waits, maxRestarts, withinMs)).toEqual(expected)
      }),
    )
  })

  it('keeps no more than it needs, and does not change what it is given', () => {
    let history: CrashHistory = Object.freeze([])
    for (let now = 0; now < 10_000; now++) {
      history = Object.freeze(recordCrash(history, now, { maxRestarts: 50, withinMs: 20 }).history)
      expect(history.length).toBeLessThanOrEqual(20)
    }
  })
})

describe('reopenDelayMs', () => {
  it('doubles from 100 ms up to 5 s and stays there', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(reopenDelayMs)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
    expect([20, 1000, 1e9].map(reopenDelayMs)).toEqual([5000, 5000, 5000])
  })
})
