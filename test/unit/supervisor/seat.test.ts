import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { RoutedContext } from '../../../src/contract/context.ts'
import type { ServicePlan } from '../../../src/contract/plan.ts'
import type { Lane } from '../../../src/engine/engine.ts'
import { LaneMarks, MAX_IN_FLIGHT } from '../../../src/kernel/lane-marks.ts'
import { Execution } from '../../../src/supervisor/execution.ts'
import { Seat } from '../../../src/supervisor/seat.ts'
import { Service } from '../../../src/supervisor/service.ts'

fc.configureGlobal({ seed: 20260111 })

const noLimits = { timeoutMs: undefined, deadlineAt: Infinity }

function makeService(id = 'pricing'): Service {
  return new Service({ id, index: 3 } as unknown as ServicePlan, undefined, { supervisor: [], worker: [] })
}

function makeExecution(requestId: string, service = pricing): Execution {
  const context: RoutedContext = { service_id: service.plan.id, request_id: requestId }
  return new Execution(context, service, noLimits, () => {}, undefined)
}

const pricing = makeService()
const named = (...ids: readonly string[]) => ids.map((id) => makeExecution(id))
const idsOf = (executions: readonly Execution[]) => executions.map((one) => one.context.request_id)

/** A seat with a lane that runs nothing by itself; `accepts` is how many contexts of a chunk it can send. */
function setUp(accepts = Infinity) {
  const lane = {
    worker: 1,
    threadId: 11,
    marks: new LaneMarks(),
    send: vi.fn<Lane['send']>((_service, _first, contexts) =>
      contexts.length <= accepts ? { sent: contexts.length } : { sent: accepts, error: new Error('Cannot be cloned') },
    ),
    abort: vi.fn<Lane['abort']>(),
    load: vi.fn<Lane['load']>(),
    hold: vi.fn<Lane['hold']>(),
    drain: vi.fn<Lane['drain']>(),
    kill: vi.fn<Lane['kill']>(),
  } satisfies Lane
  const seat = new Seat(1)
  seat.lane = lane
  const send = (executions: readonly Execution[], now = 0) => seat.send(executions[0]!.service, executions, now)
  return { seat, lane, marks: lane.marks, send }
}

describe('Seat.send', () => {
  it('numbers contexts in one sequence and holds them in the order in which they were sent', () => {
    const { seat, lane, send } = setUp()
    const [first, second] = [named('a', 'b'), named('c')]
    expect(send(first)).toEqual({ sent: 2 })
    send(second)
    expect(lane.send.mock.calls.map(([service, from, contexts]) => [service, from, contexts.length])).toEqual([
      [3, 1, 2],
      [3, 3, 1],
    ])
    expect([...first, ...second].map((one) => [one.sequence, one.phase])).toEqual([
      [1, 'in_flight'],
      [2, 'in_flight'],
      [3, 'in_flight'],
    ])
    expect(idsOf(seat.all())).toEqual(['a', 'b', 'c'])
    expect([seat.inFlight, seat.chunksInFlight, seat.room]).toEqual([3, 2, MAX_IN_FLIGHT - 3])
  })

  it('takes over only those that were sent, and gives their number to the next', () => {
    const { seat, send } = setUp(1)
    const executions = named('a', 'b')
    expect(send(executions)).toEqual({ sent: 1, error: expect.any(Error) })
    expect(idsOf(seat.all())).toEqual(['a'])
    expect(executions[1]!.phase).toBe('middleware')
    const next = named('c')
    send(next)
    expect(next[0]!.sequence).toBe(2)
  })

  it('takes over nothing where nothing could be sent', () => {
    const { seat, lane, send } = setUp(0)
    send(named('a'))
    expect([seat.inFlight, seat.chunksInFlight]).toEqual([0, 0])
    expect(lane.hold).not.toHaveBeenCalled()
  })

  it('keeps the process alive from the first context to the last', () => {
    const { seat, lane, send } = setUp()
    send(named('a', 'b'))
    send(named('c'))
    seat.finish(1, 0)
    seat.finish(2, 0)
    expect(lane.hold.mock.calls).toEqual([[true]])
    seat.finish(3, 0)
    expect(lane.hold.mock.calls).toEqual([[true], [false]])
  })

  it('clears flags that earlier contexts left', () => {
    const { marks, send } = setUp()
    marks.cancel(1)
    marks.withdraw(2)
    send(named('a', 'b'))
    expect([marks.mustSkip(1), marks.mustSkip(2)]).toEqual([false, false])
  })
})

describe('Seat.finish', () => {
  it('gives each execution once, in order', () => {
    const { seat, send } = setUp()
    const executions = named('a', 'b', 'c')
    send(executions)
    for (const execution of executions) {
      expect(seat.finish(execution.sequence, 0)).toEqual({ known: true, execution })
      expect(seat.lastRequestId).toBe(execution.context.request_id)
      expect(seat.finish(execution.sequence, 0)).toEqual({ known: false })
    }
    expect([seat.inFlight, seat.chunksInFlight]).toEqual([0, 0])
  })

  it.each([0, 2, 3, 99, -1, 1.5, NaN, 2 ** 32 + 1])(
    'knows nothing of a sequence that is not the head’s: %d',
    (sequence) => {
      const { seat, send } = setUp()
      send(named('a', 'b'))
      expect(seat.finish(sequence, 0)).toEqual({ known: false })
      expect(idsOf(seat.all())).toEqual(['a', 'b'])
    },
  )

  it('knows nothing while nothing is in flight', () => {
    expect(setUp().seat.finish(1, 0)).toEqual({ known: false })
  })

  it('gives no execution that has settled meanwhile, and goes on behind it', () => {
    const { seat, send } = setUp()
    const [a, b] = named('a', 'b') as [Execution, Execution]
    send([a, b])
    a.settle({ ok: true, value: 1 })
    expect(seat.owned(1)).toBeUndefined()
    expect(seat.finish(1, 0)).toEqual({ known: true })
    expect(seat.finish(2, 0)).toEqual({ known: true, execution: b })
  })

  it('opens a suspended lane again, which need not be killed then', () => {
    const { seat, send } = setUp()
    send(named('a'))
    seat.suspended = true
    seat.killAt = 5
    seat.finish(1, 0)
    expect([seat.suspended, seat.killAt, seat.takesMore]).toEqual([false, Infinity, true])
  })

  it('measures a chunk from when the lane could begin it', () => {
    const service = makeService()
    const { seat, send } = setUp()
    send([makeExecution('a', service), makeExecution('b', service)], 100)
    send([makeExecution('c', service)], 101)
    expect(seat.pendingMs).toBe(Infinity)
    seat.finish(1, 105)
    expect(service.costMs).toBeUndefined()
    seat.finish(2, 110)
    expect(service.costMs).toBe(5)
    expect(seat.pendingMs).toBe(5)
    // 7 ms since the chunk before it ended, a quarter of which counts.
    seat.finish(3, 117)
    expect(service.costMs).toBe(5.5)
    expect(seat.pendingMs).toBe(0)
    send([makeExecution('d', service)], 1_000)
    seat.finish(4, 1_005.5)
    expect(service.costMs).toBe(5.5)
  })
})

describe('Seat by the mark', () => {
  it('reclaims what has not started, in order, flagged so that the lane skips it', () => {
    const { seat, marks, send } = setUp()
    send(named('a', 'b', 'c', 'd'))
    marks.start(2)
    expect(idsOf(seat.reclaim())).toEqual(['c', 'd'])
    expect([1, 2, 3, 4].map((sequence) => marks.mustSkip(sequence))).toEqual([false, false, true, true])
    expect(marks.isCancelled(3)).toBe(false)
  })

  it('does not reclaim what starts just before its flag is seen', () => {
    const { seat, marks, send } = setUp()
    send(named('a', 'b', 'c'))
    const withdraw = marks.withdraw.bind(marks)
    vi.spyOn(marks, 'withdraw').mockImplementation((sequence) => {
      // The lane gets to 2 between the look at the mark and the flag.
      if (sequence === 2) marks.start(2)
      withdraw(sequence)
    })
    expect(idsOf(seat.reclaim())).toEqual(['c'])
  })

  it('flags one, and says whether that was in time', () => {
    const { seat, marks, send } = setUp()
    const [a, b] = named('a', 'b') as [Execution, Execution]
    send([a, b])
    marks.start(1)
    expect([seat.flag(a), seat.flag(b)]).toEqual([false, true])
    expect([marks.isCancelled(1), marks.isCancelled(2)]).toEqual([true, true])
  })

  it('vacate sorts what is in flight by the mark, whatever has finished, settled or started', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.nat(8), fc.nat(8), fc.array(fc.nat(8)), (count, finished, started, settled) => {
        const { seat, marks, send } = setUp()
        const executions = named(...Array.from({ length: count }, (_, index) => `r${index + 1}`))
        if (count > 0) send(executions)
        const mark = Math.min(Math.max(started, finished), count)
        marks.start(mark)
        for (let sequence = 1; sequence <= Math.min(finished, count); sequence++) seat.finish(sequence, 0)
        for (const index of settled) executions[index]?.settle({ ok: true, value: 1 })
        const left = executions.filter((one) => one.sequence > finished && !one.isSettled)
        expect(seat.vacate()).toEqual({
          started: left.filter((one) => one.sequence <= mark),
          notStarted: left.filter((one) => one.sequence > mark),
        })
      }),
    )
  })

  it('running is what the mark names, until it has settled or its outcome has come', () => {
    const { seat, marks, send } = setUp()
    const [a, b] = named('a', 'b') as [Execution, Execution]
    send([a, b])
    expect(seat.running).toBeUndefined()
    marks.start(1)
    expect(seat.running).toBe(a)
    seat.finish(1, 0)
    expect(seat.running).toBeUndefined()
    marks.start(2)
    expect(seat.running).toBe(b)
    b.settle({ ok: true, value: 1 })
    expect(seat.running).toBeUndefined()
  })

  it('sample restarts the time only when the mark has moved', () => {
    const { seat, marks, send } = setUp()
    send(named('a', 'b'))
    marks.start(1)
    seat.sample(10)
    seat.sample(35)
    expect(seat.markSince).toBe(10)
    marks.start(2)
    seat.sample(60)
    expect(seat.markSince).toBe(60)
  })
})
