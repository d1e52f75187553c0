import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takeToken } from '../../../src/middleware/token-bucket.ts'

describe('takeToken', () => {
  it('decides as a bucket does that is refilled millisecond by millisecond', () => {
    const attempts = fc.array(fc.nat(5000), { maxLength: 200 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 20 }),
        attempts,
        (intervalMs, burst, waits) => {
          // The model counts in credits, `intervalMs` of which are one token, so that it is exact.
          let credits = burst * intervalMs
          let fullAt: number | undefined
          let now = 1000
          for (const wait of waits) {
            now += wait
            credits = Math.min(credits + wait, burst * intervalMs)
            const decision = takeToken(fullAt, now, { intervalMs, burst })
            expect(decision.allowed).toBe(credits >= intervalMs)
            expect(decision.retryAfterMs).toBe(decision.allowed ? 0 : intervalMs - credits)
            if (decision.allowed) credits -= intervalMs
            fullAt = decision.fullAt
          }
        },
      ),
    )
  })

  it('allows after retryAfterMs, and not before, at any rate and time', () => {
    const rate = fc.double({ min: 1e-3, max: 1e6, noNaN: true })
    const start = fc.double({ min: 0, max: 1e10, noNaN: true })
    fc.assert(
      fc.property(rate, fc.integer({ min: 1, max: 50 }), start, (perMinute, burst, now) => {
        const limits = { intervalMs: 60_000 / perMinute, burst }
        let fullAt: number | undefined
        for (let taken = 0; taken < burst; taken++) {
          const { allowed, fullAt: next } = takeToken(fullAt, now, limits)
          expect(allowed).toBe(true)
          fullAt = next
        }
        const refused = takeToken(fullAt, now, limits)
        expect(refused.allowed).toBe(false)
        expect(takeToken(refused.fullAt, now + refused.retryAfterMs, limits).allowed).toBe(true)
        if (refused.retryAfterMs > 1) {
          expect(takeToken(refused.fullAt, now + refused.retryAfterMs - 1.1, limits).allowed).toBe(false)
        }
      }),
    )
  })

  it('never allows more than burst and rate together', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 300 }), (waits) => {
        let [now, allowed, fullAt]: [number, number, number | undefined] = [0, 0, undefined]
        for (const wait of waits) {
          now += wait
          const decision = takeToken(fullAt, now, { intervalMs: 25, burst: 4 })
          fullAt = decision.fullAt
          if (decision.allowed) allowed++
        }
        expect(allowed).toBeLessThanOrEqual(4 + now / 25 + 1e-6)
      }),
    )
  })
})
