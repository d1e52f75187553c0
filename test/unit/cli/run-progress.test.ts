import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createRunProgress, fitting, fractionOf, progressParts } from '../../../src/cli/run-progress.ts'

const progress = {
  runs: 12_345,
  maxRuns: 100_000,
  failed: 0,
  points: 1,
  maxPoints: 15,
  runsPerSecond: 5_400.4,
  etaMs: 16_001,
  metric: { name: 'payoff', n: 12_345, mean: 269.7123, halfWidth: 0.5234 },
}

function stream(isTTY: boolean, columns = 120) {
  const written: string[] = []
  return { written, isTTY, columns, write: (text: string) => written.push(text) }
}

describe('createRunProgress', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('draws one line over and over on a terminal: runs, the metric and its interval, what is left', () => {
    const terminal = stream(true)
    const shown = createRunProgress(terminal, 'sp500')
    shown.update(progress)
    vi.advanceTimersByTime(60_000)
    expect(terminal.written).toHaveLength(1)
    const [, drawn] = terminal.written[0]!.split('\r\u001B[2K')
    expect(drawn).toMatch(/^sp500 █+░+ {2}12% {2}12,345 runs, payoff 269\.712 ± 0\.52, 17 s left/)
    shown.stop()
    expect(terminal.written.at(-1)).toBe('\r\u001B[2K')
  })

  test('fits a narrow terminal: the least important goes first', () => {
    const terminal = stream(true, 60)
    createRunProgress(terminal, 'sp500').update(progress)
    expect(terminal.written[0]).toMatch(/ {2}12% {2}12,345 runs, payoff 269\.712 ± 0\.52$/)
    expect(terminal.written[0]!.length - '\r\u001B[2K'.length).toBeLessThan(60)
  })

  test('writes a plain line after a second, and then one every ten, where there is no terminal', () => {
    const file = stream(false)
    const shown = createRunProgress(file, 'sp500')
    vi.advanceTimersByTime(999)
    expect(file.written).toEqual([])
    vi.advanceTimersByTime(1)
    expect(file.written).toEqual(['troupe: sp500: no run has ended yet\n'])
    shown.update(progress)
    vi.advanceTimersByTime(9_999)
    expect(file.written).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(file.written[1]).toBe(
      'troupe: sp500: 12%, 12,345 runs, payoff 269.712 ± 0.52, 17 s left at most, 5,400/s, 1 of 15 points\n',
    )
    shown.stop()
    vi.advanceTimersByTime(60_000)
    expect(file.written).toHaveLength(2)
  })

  test('stops before its first line, too', () => {
    const file = stream(false)
    createRunProgress(file, 'x').stop()
    vi.advanceTimersByTime(60_000)
    expect(file.written).toEqual([])
  })
})

test('fractionOf goes by points where they stop early', () => {
  expect(fractionOf(progress)).toBeCloseTo(0.12345)
  expect(fractionOf({ ...progress, points: 12 })).toBeCloseTo(0.8)
  expect(fractionOf({ ...progress, runs: 0, maxRuns: 0, points: 0, maxPoints: 0 })).toBe(0)
})

test('progressParts tells of failures, and of long times in minutes and hours', () => {
  expect(progressParts({ ...progress, failed: 3, metric: undefined, maxPoints: 1 }).slice(0, 2)).toEqual([
    '12,345 runs',
    '3 failed',
  ])
  const left = (etaMs: number) => progressParts({ ...progress, etaMs, metric: undefined })[1]
  expect([left(119_000), left(150_000), left(9_000_000)]).toEqual([
    '119 s left at most',
    '3 min left at most',
    '2.5 h left at most',
  ])
})

test('fitting takes parts while there is room', () => {
  expect(fitting(['12 runs', '3 failed'], 17)).toBe('12 runs, 3 failed')
  expect(fitting(['12 runs', '3 failed'], 16)).toBe('12 runs')
  expect(fitting(['12 runs'], 3)).toBe('')
})
