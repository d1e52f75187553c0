import { reclaim } from '../../../src/supervisor/reclaim.ts'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { RoutedContext } from '../../../src/contract/context.ts'
import type { ServicePlan } from '../../../src/contract/plan.ts'
import type { Lane } from '../../../src/engine/engine.ts'
import { LaneMarks, MAX_IN_FLIGHT } from '../../../src/kernel/lane-marks.ts'
import { Execution } from '../../../src/supervisor/execution.ts'
import { remainsOf } from '../../../src/supervisor/remains.ts'
import { Seat } from '../../../src/supervisor/seat.ts'
import { Service } from '../../../src/supervisor/service.ts'

fc.configureGlobal({ seed: 20260111 })

const noLimits = { timeoutMs: undefined, deadlineAt: Infinity }

function makeService(id = 'pricing'): Service {
  return new Service({ id, index: 3 } as unknown as ServicePlan, {}, { supervisor: [], worker: [] })
}

function makeExecution(requestId: string, service = pricing): Execution {
  const context: RoutedContext = { service_id: service.plan.id, request_id: requestId }
  return new Execution(context, service, noLimits, { settled() {} }, () => {}, 0)
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
    hear: vi.fn<Lane['hear']>(),
    tellActors: vi.fn<Lane['tellActors']>(),
    abort: vi.fn<Lane['abort']>(),
    load: vi.fn<Lane['load']>(),
    share: vi.fn<Lane['share']>(),
    ask: vi.fn<Lane['ask']>(),
    hold: vi.fn<Lane['hold']>(),
    drain: vi.fn<Lane['drain']>(),
    kill: vi.fn<Lane['kill']>(),
    readRows: () => [],
    awaitRow: () => false,
  } satisfies Lane
  const seat = new Seat(1)
  seat.lane = lane
  const send = (executions: readonly Execution[], now = 0) => seat.send(executions[0]!.service, executions, now)
  return { seat, lane, marks: lane.marks, send }
}

/** Finishes a context as a lane does: marked first, where it is the one that comes next. */
function finishOn(seat: Seat, sequence: number, now: number): ReturnType<Seat['finish']> {
  const marks = seat.lane?.marks
  if (marks && seat.inFlight > 0 && sequence === seat.head && ((marks.started() - sequence) | 0) < 0)
    marks.start(sequence)
  return seat.finish(sequence, now)
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
    finishOn(seat, 1, 0)
    finishOn(seat, 2, 0)
    expect(lane.hold.mock.calls).toEqual([[true]])
    finishOn(seat, 3, 0)
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
      expect(finishOn(seat, execution.sequence, 0)).toEqual({ known: true, execution })
      expect(seat.lastRequestId).toBe(execution.context.request_id)
      expect(finishOn(seat, execution.sequence, 0)).toEqual({ known: false })
    }
    expect([seat.inFlight, seat.chunksInFlight]).toEqual([0, 0])
  })

  it.each([0, 2, 3, 99, -1, 1.5, NaN, 2 ** 32 + 1])(
    'knows nothing of a sequence that is not the head’s: %d',
    (sequence) => {
      const { seat, send } = setUp()
      send(named('a', 'b'))
      expect(finishOn(seat, sequence, 0)).toEqual({ known: false })
      expect(idsOf(seat.all())).toEqual(['a', 'b'])
    },
  )

  it('knows nothing while nothing is in flight', () => {
    expect(finishOn(setUp().seat, 1, 0)).toEqual({ known: false })
  })

  it('gives no execution that has settled meanwhile, and goes on behind it', () => {
    const { seat, send } = setUp()
    const [a, b] = named('a', 'b') as [Execution, Execution]
    send([a, b])
    a.settle({ ok: true, value: 1 })
    expect(seat.owned(1)).toBeUndefined()
    expect(finishOn(seat, 1, 0)).toEqual({ known: true })
    expect(finishOn(seat, 2, 0)).toEqual({ known: true, execution: b })
  })

  it('opens a suspended lane again, which need not be killed then', () => {
    const { seat, send, marks } = setUp()
    const [a] = named('a')
    send([a!])
    marks.start(1)
    seat.interrupt(a!, 5)
    expect([seat.suspended, seat.isOverdue(4), seat.isOverdue(5), seat.takesMore]).toEqual([true, false, true, false])
    finishOn(seat, 1, 0)
    expect([seat.suspended, seat.isOverdue(9), seat.takesMore]).toEqual([false, false, true])
  })

  it('stays suspended when it hears of an earlier context than the one that was interrupted', () => {
    const { seat, send, marks } = setUp()
    const [a, b] = named('a', 'b')
    send([a!, b!])
    marks.start(2)
    seat.interrupt(b!, 5)
    expect(seat.finish(1, 0)).toEqual({ known: true, execution: a })
    expect([seat.suspended, seat.isOverdue(5)]).toEqual([true, true])
    // One that has ended already need not be interrupted: its outcome is on its way.
    seat.interrupt(a!, 50)
    expect(seat.isOverdue(5)).toBe(true)
    expect(seat.finish(2, 0)).toEqual({ known: true, execution: b })
    expect(seat.suspended).toBe(false)
  })

  it('takes no outcome of a context that has not started', () => {
    const { seat, send, marks } = setUp()
    const [a] = named('a')
    send([a!])
    expect(seat.finish(1, 0)).toEqual({ known: false })
    marks.start(1)
    expect(seat.finish(1, 0)).toEqual({ known: true, execution: a })
  })

  it('measures a chunk from when the lane could begin it', () => {
    const service = makeService()
    const { seat, send } = setUp()
    send([makeExecution('a', service), makeExecution('b', service)], 100)
    send([makeExecution('c', service)], 101)
    expect(seat.pendingMs).toBe(Infinity)
    finishOn(seat, 1, 105)
    expect(service.costMs).toBeUndefined()
    finishOn(seat, 2, 110)
    expect(service.costMs).toBe(5)
    expect(seat.pendingMs).toBe(5)
    // 7 ms since the chunk before it ended, a quarter of which counts.
    finishOn(seat, 3, 117)
    expect(service.costMs).toBe(5.5)
    expect(seat.pendingMs).toBe(0)
    send([makeExecution('d', service)], 1_000)
    finishOn(seat, 4, 1_005.5)
    expect(service.costMs).toBe(5.5)
  })
})

describe('Seat by the mark', () => {
  it('reclaims what has not started, in order, flagged so that the lane skips it', () => {
    const { seat, marks, send } = setUp()
    send(named('a', 'b', 'c', 'd'))
    marks.start(2)
    expect(idsOf(reclaim(seat))).toEqual(['c', 'd'])
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
    expect(idsOf(reclaim(seat))).toEqual(['c'])
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
        for (let sequence = 1; sequence <= Math.min(finished, count); sequence++) finishOn(seat, sequence, 0)
        for (const index of settled) executions[index]?.settle({ ok: true, value: 1 })
        const left = executions.filter((one) => one.sequence > finished && !one.isSettled)
        expect(remainsOf(seat)).toEqual({
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
    finishOn(seat, 1, 0)
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
    expect(seat.clock.since).toBe(10)
    marks.start(2)
    seat.sample(60)
    expect(seat.clock.since).toBe(60)
  })
})
