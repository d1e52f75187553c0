import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, TroupeError } from '../../../src/contract/errors.ts'
import {
  type Breaker,
  type BreakerVote,
  CLOSED,
  afterVote,
  enterBreaker,
  voteOf,
} from '../../../src/supervisor/breaker.ts'

fc.configureGlobal({ seed: 20260121 })

const policy = { threshold: 0.5, minimum: 5, windowMs: 1_000, openMs: 300 }

function after(votes: readonly BreakerVote[], now = 0): Breaker {
  return votes.reduce<Breaker>((breaker, vote) => afterVote(breaker, vote, undefined, now, policy), CLOSED)
}

describe('a closed breaker', () => {
  it('opens with the vote that makes the share of failures reach the threshold, if there are enough', () => {
    expect(after(['failed', 'failed', 'failed', 'ok']).state).toBe('closed')
    expect(after(['failed', 'failed', 'failed', 'ok', 'failed'])).toEqual({ state: 'open', retryAt: 300 })
    expect(after(['failed', 'failed', 'ok', 'ok', 'ok']).state).toBe('closed')
    expect(after([undefined, undefined, undefined, 'failed', 'failed']).state).toBe('closed')
  })
})

describe('voteOf', () => {
  it.each<[ErrorCode, object, BreakerVote]>([
    ['COMPONENT_FAILED', {}, 'failed'],
    ['TIMEOUT', {}, 'failed'],
    ['TIMEOUT', { outcome: 'not_started' }, undefined],
    ['WORKER_CRASHED', {}, 'failed'],
    ['OUTPUT_INVALID', {}, 'failed'],
    ['RESULT_NOT_SERIALIZABLE', {}, 'failed'],
    ['COMPONENT_LOAD_FAILED', {}, 'failed'],
    ['MAILBOX_FULL', {}, undefined],
    ['CANCELLED', { outcome: 'unknown' }, undefined],
    ['SHUTTING_DOWN', { outcome: 'unknown' }, undefined],
    ['INPUT_INVALID', {}, undefined],
    ['SERVICE_UNAVAILABLE', {}, undefined],
  ])('of %s %j is %s', (code, fields, vote) => {
    expect(voteOf({ ok: false, error: new TroupeError(code, 'It failed', fields) })).toBe(vote)
  })
})

describe('a breaker', () => {
  it('does what a list of all votes and a clock say, with one probe at a time and never stuck', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant('enter' as const) },
      { weight: 3, arbitrary: fc.nat(400) },
      { weight: 6, arbitrary: fc.constantFrom<BreakerVote>('ok', 'failed', undefined).map((vote) => ({ vote })) },
      { weight: 2, arbitrary: fc.constantFrom<BreakerVote>('ok', 'failed', undefined).map((probed) => ({ probed })) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let now = 0
        let breaker: Breaker = CLOSED
        // The reference: every vote since it closed; else until when it is shut; the probe that is out.
        let votes: { tenth: number; vote: BreakerVote }[] = []
        let shutUntil: number | undefined
        let probe: number | undefined
        for (const one of steps) {
          if (typeof one === 'number') now += one
          else if (one === 'enter') {
            const entered = enterBreaker(breaker, now, policy)
            breaker = entered.breaker
            expect(entered.admitted).toBe(shutUntil === undefined || now >= shutUntil)
            expect(entered.probe !== undefined).toBe(entered.admitted && shutUntil !== undefined)
            if (entered.probe === undefined) continue
            probe = entered.probe
            shutUntil = now + policy.openMs
          } else if ('vote' in one) {
            breaker = afterVote(breaker, one.vote, undefined, now, policy)
            if (shutUntil !== undefined || one.vote === undefined) continue
            const tenth = Math.floor(now / 100)
            votes.push({ tenth, vote: one.vote })
            const recent = votes.filter((counted) => counted.tenth > tenth - 10)
            const failed = recent.filter(({ vote }) => vote === 'failed').length
            if (recent.length >= policy.minimum && failed >= recent.length / 2) shutUntil = now + policy.openMs
          } else if (probe !== undefined) {
            breaker = afterVote(breaker, one.probed, probe, now, policy)
            votes = []
            shutUntil = one.probed === 'ok' ? undefined : one.probed === 'failed' ? now + policy.openMs : now
            probe = undefined
          }
          expect(breaker.state === 'closed').toBe(shutUntil === undefined)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
