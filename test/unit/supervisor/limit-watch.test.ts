import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Execution, Phase } from '../../../src/supervisor/execution.ts'
import { LimitWatch } from '../../../src/supervisor/limit-watch.ts'

fc.configureGlobal({ seed: 20260112 })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'], now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Watched {
  limits: { timeoutMs: undefined; deadlineAt: number }
  service: { chain: object | undefined }
  phase: Phase
  stageUntil: number
  readonly isSettled: boolean
}

/** What the watch reads of an execution. */
function makeExecution(deadlineAt = Infinity, chain?: object): Watched & Execution {
  const watched: Watched = {
    limits: { timeoutMs: undefined, deadlineAt },
    service: { chain },
    phase: 'middleware',
    stageUntil: Infinity,
    get isSettled() {
      return this.phase === 'settled'
    },
  }
  return watched as Watched & Execution
}

function setUp() {
  const targets = {
    sample: vi.fn((_now: number) => false),
    deadlinePassed: vi.fn((_one: Execution, _now: number) => {}),
    middlewareOverdue: vi.fn((_one: Execution, _now: number) => {}),
  }
  const watch = new LimitWatch(targets)
  const settle = (execution: Watched & Execution) => {
    execution.phase = 'settled'
    watch.settled(execution)
  }
  return { targets, watch, settle }
}

describe('LimitWatch', () => {
  it('looks every 25 ms while anything is unsettled, and has no timer otherwise', () => {
    const { targets, watch, settle } = setUp()
    expect(vi.getTimerCount()).toBe(0)
    const [one, other] = [makeExecution(), makeExecution()]
    watch.add(one)
    watch.add(other)
    expect([vi.getTimerCount(), watch.unsettled]).toEqual([1, 2])
    vi.advanceTimersByTime(100)
    expect(targets.sample.mock.calls.map(([now]) => now)).toEqual([25, 50, 75, 100])
    settle(one)
    vi.advanceTimersByTime(25)
    expect(vi.getTimerCount()).toBe(1)
    settle(other)
    vi.advanceTimersByTime(25)
    expect([vi.getTimerCount(), watch.unsettled]).toEqual([0, 0])
    watch.add(makeExecution())
    vi.advanceTimersByTime(25)
    expect(targets.sample).toHaveBeenCalledTimes(7)
  })

  it('goes on while a lane is to be looked at again, although all have settled', () => {
    const { targets, watch, settle } = setUp()
    targets.sample.mockReturnValue(true)
    const execution = makeExecution()
    watch.add(execution)
    settle(execution)
    vi.advanceTimersByTime(1000)
    expect(vi.getTimerCount()).toBe(1)
    targets.sample.mockReturnValue(false)
    vi.advanceTimersByTime(25)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('tells of each deadline once, at the first look that is not before it', () => {
    const { targets, watch } = setUp()
    const late = makeExecution(60)
    const soon = makeExecution(50)
    for (const one of [late, makeExecution(), soon]) watch.add(one)
    vi.advanceTimersByTime(49)
    expect(targets.deadlinePassed).not.toHaveBeenCalled()
    vi.advanceTimersByTime(200)
    expect(targets.deadlinePassed.mock.calls).toEqual([
      [soon, 50],
      [late, 75],
    ])
  })

  it('tells of the deadlines of those that have not settled, whatever came and went', () => {
    const add = fc.record({ kind: fc.constant('add' as const), inMs: fc.integer({ min: -50, max: 500 }) })
    const step = fc.oneof(
      add,
      fc.record({ kind: fc.constant('settle' as const), which: fc.nat(30) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(200) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { targets, watch, settle } = setUp()
        const told: Execution[] = []
        const all: (Watched & Execution)[] = []
        targets.deadlinePassed.mockImplementation((one, now) => {
          expect(one.isSettled).toBe(false)
          expect(now - one.limits.deadlineAt).toBeGreaterThanOrEqual(0)
          told.push(one)
        })
        for (const one of steps) {
          if (one.kind === 'add') {
            all.push(makeExecution(performance.now() + one.inMs))
            watch.add(all.at(-1)!)
          } else if (one.kind === 'wait') vi.advanceTimersByTime(one.ms)
          else if (all[one.which]?.isSettled === false) settle(all[one.which]!)
        }
        const now = performance.now()
        vi.advanceTimersByTime(25)
        const overdue = all.filter((one) => !one.isSettled && one.limits.deadlineAt <= now)
        for (const one of overdue) expect(told).toContain(one)
        expect(new Set(told).size).toBe(told.length)
        watch.stop()
      }),
    )
  })

  it('lets go of thousands that settled long before their deadlines, and of no other', () => {
    const { targets, watch, settle } = setUp()
    const kept: Execution[] = []
    for (let index = 0; index < 5_000; index++) {
      const execution = makeExecution(1_000 - (index % 7))
      watch.add(execution)
      if (index % 100 === 0) kept.push(execution)
      else settle(execution)
    }
    vi.advanceTimersByTime(1_000)
    const told = targets.deadlinePassed.mock.calls.map(([one]) => one)
    expect(told).toHaveLength(kept.length)
    expect(new Set(told)).toEqual(new Set(kept))
  })

  it('tells of middleware that is overdue, only while it has the execution in hand', () => {
    const { targets, watch, settle } = setUp()
    const execution = makeExecution(Infinity, {})
    execution.stageUntil = 50
    const without = makeExecution()
    without.stageUntil = 50
    watch.add(execution)
    watch.add(without)
    vi.advanceTimersByTime(49)
    expect(watch.inMiddleware).toEqual([execution])
    execution.phase = 'in_flight'
    vi.advanceTimersByTime(26)
    expect(watch.inMiddleware).toEqual([])
    expect(targets.middlewareOverdue).not.toHaveBeenCalled()
    execution.phase = 'middleware'
    vi.advanceTimersByTime(25)
    expect(targets.middlewareOverdue).toHaveBeenCalledExactlyOnceWith(execution, 100)
    settle(execution)
    vi.advanceTimersByTime(100)
    expect(targets.middlewareOverdue).toHaveBeenCalledOnce()
  })

  it('whenIdle resolves once nothing is unsettled', async () => {
    const { watch, settle } = setUp()
    await watch.whenIdle()
    const executions = [makeExecution(), makeExecution()]
    for (const execution of executions) watch.add(execution)
    const idle = vi.fn()
    const waiting = Promise.all([watch.whenIdle().then(idle), watch.whenIdle().then(idle)])
    settle(executions[0]!)
    await Promise.resolve()
    expect(idle).not.toHaveBeenCalled()
    settle(executions[1]!)
    await waiting
    expect(idle).toHaveBeenCalledTimes(2)
  })
})
