import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { waitCycle } from '../../../../src/supervisor/actors/deadlock.ts'
import { sharesFate } from '../../../../src/supervisor/actors/group-fate.ts'
import { isIdle, sweepEveryMs } from '../../../../src/supervisor/actors/idleness.ts'
import { leastLoaded } from '../../../../src/supervisor/actors/placement.ts'
import { backoffMs, planRestart } from '../../../../src/supervisor/actors/restart-plan.ts'
import { stopLevels } from '../../../../src/supervisor/actors/stop-order.ts'

describe('leastLoaded', () => {
  test('takes the lane with the fewest actors, and of those the one with the fewest turns', () => {
    const lanes = [
      { actors: 3, turns: 0 },
      { actors: 2, turns: 5 },
      { actors: 2, turns: 1 },
    ]
    expect(leastLoaded(lanes)).toBe(lanes[2])
    expect(leastLoaded([])).toBeUndefined()
  })
})

describe('planRestart', () => {
  const plan = { maxRestarts: 1_000, withinMs: 1_000_000, backoffMs: 100, backoffMaxMs: 1_000 }

  test('A19 waits 100, 200, 400 … up to the limit, and stays there', () => {
    let history: readonly number[] = []
    const delays = Array.from({ length: 60 }, (_, crash) => {
      const decision = planRestart(history, crash, plan)
      history = decision.history
      return decision.delayMs
    })
    expect(delays.slice(0, 6)).toEqual([100, 200, 400, 800, 1_000, 1_000])
    expect(new Set(delays.slice(4))).toEqual(new Set([1_000]))
  })

  test('allows max_restarts within the period, and any number at a slower pace', () => {
    const strict = { ...plan, maxRestarts: 2, withinMs: 100 }
    let history: readonly number[] = []
    const decide = (now: number) => {
      const decision = planRestart(history, now, strict)
      history = decision.history
      return decision.delayMs
    }
    expect([0, 60, 120, 180, 240].map(decide).includes(undefined)).toBe(false)
    expect([300, 310, 320].map(decide)).toContain(undefined)
  })

  test('is never above its limit, nor below its first wait', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (crashes) => {
        const ms = backoffMs(crashes, plan)
        return ms >= 100 && ms <= 1_000
      }),
    )
  })
})

test.each([
  ['one_for_one', ['b']],
  ['one_for_all', ['a', 'b', 'c']],
  ['rest_for_one', ['b', 'c']],
] as const)('sharesFate of %s', (strategy, expected) => {
  expect(sharesFate(['a', 'b', 'c'], 'b', strategy)).toEqual(expected)
})

describe('waitCycle', () => {
  const waits = (edges: Readonly<Record<string, readonly string[]>>) => (actor: string) => edges[actor] ?? []

  test('finds the chain back to who asks', () => {
    expect(waitCycle('a', 'a', waits({}))).toEqual(['a'])
    expect(waitCycle('c', 'a', waits({ a: ['b'], b: ['c'] }))).toEqual(['a', 'b', 'c'])
    expect(waitCycle('a', 'b', waits({ b: ['c', 'd'], c: ['d'], d: ['c'] }))).toBeUndefined()
  })

  test('never refuses a call that closes no circle, and refuses each that does', () => {
    const edge = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }))
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 20 }), (calls) => {
        const edges = new Map<number, number[]>()
        const reaches = (from: number, to: number, seen = new Set<number>()): boolean =>
          from === to || (!seen.has(from) && (edges.get(from) ?? []).some((next) => reaches(next, to, seen.add(from))))
        for (const [from, to] of calls) {
          const chain = waitCycle(from, to, (actor) => edges.get(actor) ?? [])
          expect(chain !== undefined).toBe(reaches(to, from))
          if (chain) expect([chain[0], chain.at(-1)]).toEqual([to, from])
          else edges.set(from, [...(edges.get(from) ?? []), to])
        }
      }),
    )
  })
})

describe('idleness', () => {
  test('isIdle wants an idle time, nothing in hand, and the time over', () => {
    expect(isIdle({ isFree: true, usedAt: 100, idleMs: 50 }, 150)).toBe(true)
    expect(isIdle({ isFree: true, usedAt: 100, idleMs: 50 }, 149)).toBe(false)
    expect(isIdle({ isFree: false, usedAt: 100, idleMs: 50 }, 500)).toBe(false)
    expect(isIdle({ isFree: true, usedAt: 100, idleMs: undefined }, 1e9)).toBe(false)
  })

  test('sweepEveryMs follows the shortest idle time, within bounds', () => {
    expect(sweepEveryMs([undefined, 800, 4_000])).toBe(100)
    expect(sweepEveryMs([1])).toBe(10)
    expect(sweepEveryMs([])).toBe(1_000)
  })
})

test('stopLevels puts who uses others before them', () => {
  const levels = stopLevels(
    new Map([
      [0, [1]],
      [1, [2]],
      [2, []],
      [3, [2]],
    ]),
  )
  expect(levels.get(0)).toBe(0)
  expect(levels.get(1)).toBe(1)
  expect(levels.get(2)).toBe(2)
  expect(levels.get(3)!).toBeLessThan(2)
})
