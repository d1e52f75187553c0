import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LOAD_GRACE_MS, type RunSituation, judgeRun } from '../../../src/supervisor/run-limit.ts'

fc.configureGlobal({ seed: 20260110 })

const running: RunSituation = {
  isLoading: false,
  elapsedMs: 0,
  loadingMs: 0,
  timeoutMs: 100,
  loadTimeoutMs: 1_000,
  warnAfterMs: 500,
}
const unlimited = { timeoutMs: undefined }

describe('judgeRun', () => {
  it.each<[string, Partial<RunSituation>, ReturnType<typeof judgeRun>]>([
    ['just before its timeout', { elapsedMs: 99.9 }, 'carry on'],
    ['at its timeout', { elapsedMs: 100 }, 'timed out'],
    ['that loaded first, at its timeout', { elapsedMs: 350, loadingMs: 250 }, 'timed out'],
    ['that loaded first, before its timeout', { elapsedMs: 349, loadingMs: 250 }, 'carry on'],
    ['without a timeout', { ...unlimited, elapsedMs: 499 }, 'carry on'],
    ['without a timeout for long', { ...unlimited, elapsedMs: 500 }, 'long'],
    ['without a timeout, long only since it loaded', { ...unlimited, elapsedMs: 700, loadingMs: 300 }, 'carry on'],
    ['within its timeout, but for long', { timeoutMs: 5_000, elapsedMs: 500 }, 'long'],
    ['with a timeout of 0', { timeoutMs: 0 }, 'timed out'],
    ['that loads, past its timeout', { isLoading: true, elapsedMs: 900 }, 'carry on'],
    ['that loads, past the limit that the lane keeps', { isLoading: true, elapsedMs: 1_500 }, 'carry on'],
    ['that loads, at the end of its grace', { isLoading: true, elapsedMs: 1_000 + LOAD_GRACE_MS }, 'carry on'],
    ['that loads, past its grace', { isLoading: true, elapsedMs: 1_001 + LOAD_GRACE_MS }, 'never loaded'],
  ])('of one %s', (_, change, verdict) => {
    expect(judgeRun({ ...running, ...change })).toBe(verdict)
  })

  it('never blames the run for the time that loading took', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (ranMs, loadingMs) => {
        const alone = judgeRun({ ...running, elapsedMs: ranMs })
        expect(judgeRun({ ...running, elapsedMs: ranMs + loadingMs, loadingMs })).toBe(alone)
      }),
    )
  })
})
