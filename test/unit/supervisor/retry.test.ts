import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, TroupeError, errorCodes } from '../../../src/contract/errors.ts'
import type { RetryPolicy } from '../../../src/contract/plan.ts'
import { backoffMs, judgeAttempt } from '../../../src/supervisor/retry.ts'

fc.configureGlobal({ seed: 20260120 })

const codes = Object.keys(errorCodes) as ErrorCode[]
const policyOf = (more: Partial<RetryPolicy> = {}): RetryPolicy => ({
  maxAttempts: 3,
  backoffMs: 100,
  maxBackoffMs: 10_000,
  retryOn: undefined,
  idempotent: false,
  ...more,
})
const situation = { now: 1_000, deadlineAt: Infinity, closedUntil: -Infinity, random: 0 }
const once = { made: 1, crashes: 0 }
const errorOf = (code: ErrorCode, fields = {}) => new TroupeError(code, 'It failed', fields)

describe('judgeAttempt', () => {
  it.each([
    ['what failed', 'COMPONENT_FAILED', {}, {}, 'attempt'],
    ['what was cut off', 'TIMEOUT', {}, {}, 'end'],
    ['what was cut off and is idempotent', 'TIMEOUT', {}, { idempotent: true }, 'attempt'],
    ['what says that it is of no use', 'COMPONENT_FAILED', { retryable: false }, {}, 'end'],
    ['input that is invalid', 'INPUT_INVALID', {}, {}, 'end'],
    ['a result that cannot cross', 'RESULT_NOT_SERIALIZABLE', {}, {}, 'end'],
    ['what is listed', 'OUTPUT_INVALID', {}, { retryOn: ['OUTPUT_INVALID'] }, 'attempt'],
    ['what is not listed', 'COMPONENT_FAILED', {}, { retryOn: ['OUTPUT_INVALID'] }, 'end'],
    ['what is listed but says no', 'COMPONENT_FAILED', { retryable: false }, { retryOn: ['COMPONENT_FAILED'] }, 'end'],
    ['what is listed but was cut off', 'WORKER_CRASHED', {}, { retryOn: ['WORKER_CRASHED'] }, 'end'],
    ['what its caller cancelled', 'CANCELLED', { outcome: 'failed', retryable: true }, {}, 'end'],
  ] as const)('of %s', (_what, code, fields, policy, next) => {
    expect(judgeAttempt(once, errorOf(code, fields), policyOf(policy), situation).next).toBe(next)
  })

  it('ends at once where the next attempt could not begin before the deadline, or would be refused', () => {
    const error = errorOf('COMPONENT_FAILED')
    const judge = (more: object) => judgeAttempt(once, error, policyOf(), { ...situation, ...more })
    expect(judge({ deadlineAt: 1_101 })).toEqual({ next: 'attempt', at: 1_100 })
    expect(judge({ deadlineAt: 1_100 })).toEqual({ next: 'end' })
    expect(judge({ closedUntil: 1_101 })).toEqual({ next: 'end' })
    expect(judge({ closedUntil: 1_100 })).toEqual({ next: 'attempt', at: 1_100 })
  })

  it('runs a context as a loop with a counter would, in virtual time', () => {
    const failure = fc.record({
      code: fc.constantFrom(...codes),
      outcome: fc.constantFrom('not_started', 'failed', 'unknown'),
      retryable: fc.boolean(),
      took: fc.nat(300),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    })
    const policies = fc.record({
      maxAttempts: fc.integer({ min: 2, max: 6 }),
      backoffMs: fc.integer({ min: 1, max: 500 }),
      more: fc.nat(2_000),
      retryOn: fc.option(fc.uniqueArray(fc.constantFrom(...codes), { minLength: 1 }), { nil: undefined }),
      idempotent: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(failure, { minLength: 8, maxLength: 8 }),
        policies,
        fc.nat(5_000),
        (failures, given, limit) => {
          const { more, ...rest } = given
          const policy: RetryPolicy = { ...rest, maxBackoffMs: rest.backoffMs + more }
          let now = 0
          let crashes = 0
          const seen: string[] = []
          for (let made = 1; ; made++) {
            const { code, outcome, retryable, took, random } = failures[made - 1]!
            now += took
            if (code === 'WORKER_CRASHED') crashes++
            const error = errorOf(code, { outcome, retryable })
            const verdict = judgeAttempt({ made, crashes }, error, policy, {
              now,
              deadlineAt: limit,
              closedUntil: -Infinity,
              random,
            })
            seen.push(verdict.next)
            if (crashes === 2) expect(verdict.next).toBe('poison')
            if (verdict.next !== 'attempt') break
            const listed = policy.retryOn?.includes(code)
            expect(outcome === 'unknown' && !policy.idempotent).toBe(false)
            expect(listed ?? retryable).toBe(true)
            expect(['CANCELLED', 'SHUTTING_DOWN', 'POISON', 'CIRCUIT_OPEN']).not.toContain(code)
            expect(verdict.at - now).toBeGreaterThanOrEqual(policy.backoffMs)
            expect(verdict.at - now).toBeLessThanOrEqual(policy.maxBackoffMs)
            now = verdict.at
            expect(now).toBeLessThan(limit)
          }
          expect(seen.length).toBeLessThanOrEqual(policy.maxAttempts)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('backoffMs', () => {
  it('doubles its least and its most up to the bound', () => {
    const range = (made: number) => [0, 1].map((random) => backoffMs(made, policyOf({ maxBackoffMs: 1_000 }), random))
    expect([1, 2, 3, 4, 50].map(range)).toEqual([
      [100, 200],
      [200, 400],
      [400, 800],
      [500, 1_000],
      [500, 1_000],
    ])
    expect(backoffMs(1, policyOf({ maxBackoffMs: 100 }), 0.5)).toBe(100)
  })
})
