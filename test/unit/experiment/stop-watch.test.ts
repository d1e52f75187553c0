import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { StopWatch } from '../../../src/experiment/stop-watch.ts'

const never = new AbortController().signal

describe('StopWatch', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test.each([[5], [2 ** 31 - 1]])('keeps a budget of %i ms', (budgetMs) => {
    const watch = new StopWatch(never, budgetMs, 0)
    vi.advanceTimersByTime(budgetMs - 1)
    expect(watch.stop.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(watch.stop.aborted).toBe(true)
    expect(watch.reason).toBe('budget')
    watch.close()
  })

  test('ends at once where the budget was used before', () => {
    const watch = new StopWatch(never, 1_000, 2_000)
    vi.advanceTimersByTime(0)
    expect(watch.reason).toBe('budget')
    watch.close()
  })

  test('leaves no timer', () => {
    new StopWatch(never, 2 ** 31 - 1, 0).close()
    expect(vi.getTimerCount()).toBe(0)
  })
})
