import { reclaim } from '../../../src/supervisor/reclaim.ts'
import { describe, expect, it } from 'vitest'
import type { ServicePlan } from '../../../src/contract/plan.ts'
import type { Lane } from '../../../src/engine/engine.ts'
import { LaneMarks } from '../../../src/kernel/lane-marks.ts'
import { Execution } from '../../../src/supervisor/execution.ts'
import { remainsOf } from '../../../src/supervisor/remains.ts'
import { Seat } from '../../../src/supervisor/seat.ts'
import { Service } from '../../../src/supervisor/service.ts'

const plan = { id: 'pricing', index: 0 } as unknown as ServicePlan
const service = new Service(plan, {}, { supervisor: [], worker: [] })

function makeExecution(requestId: string): Execution {
  const limits = { timeoutMs: undefined, deadlineAt: Infinity }
  return new Execution({ service_id: 'pricing', request_id: requestId }, service, limits, { settled() {} }, () => {}, 0)
}

/** Some executions that wait for a lane. */
function named<const Ids extends readonly string[]>(...ids: Ids): { [Index in keyof Ids]: Execution } {
  return ids.map((id) => makeExecution(id)) as never
}

function openSeat(worker: number): { readonly seat: Seat; readonly marks: LaneMarks } {
  const marks = new LaneMarks()
  const ignore = () => {}
  const send: Lane['send'] = (_service, _first, contexts) => ({ sent: contexts.length })
  const seat = new Seat(worker)
  seat.lane = {
    worker,
    threadId: worker,
    marks,
    send,
    hear: ignore,
    tellActors: () => undefined,
    abort: ignore,
    load: ignore,
    share: ignore,
    ask: ignore,
    hold: ignore,
    drain: ignore,
    kill: ignore,
    readRows: () => [],
    awaitRow: () => false,
  }
  return { seat, marks }
}

/** What the dispatcher does with executions that go back to their mailbox. */
function putBack(executions: readonly Execution[]): void {
  for (const execution of executions) {
    execution.phase = 'waiting'
    execution.holder = undefined
  }
}

/** Finishes a context as a lane does: marked first, where it is the one that comes next. */
function finishOn(seat: Seat, sequence: number, now: number): ReturnType<Seat['finish']> {
  const marks = seat.lane?.marks
  if (marks && seat.inFlight > 0 && sequence === seat.head && ((marks.started() - sequence) | 0) < 0)
    marks.start(sequence)
  return seat.finish(sequence, now)
}

describe('Seat, of executions that were taken back', () => {
  it('gives none for the word that they were skipped, and each once when it was sent there again', () => {
    const { seat, marks } = openSeat(1)
    const [a, b, c] = named('a', 'b', 'c')
    seat.send(service, [a, b, c], 0)
    marks.start(1)
    putBack(reclaim(seat))
    expect(seat.all()).toEqual([a])
    seat.send(service, [b, c], 0)
    expect([b.sequence, c.sequence]).toEqual([4, 5])
    expect(seat.all()).toEqual([a, b, c])
    expect([2, 3, 4, 5].map((sequence) => marks.mustSkip(sequence))).toEqual([true, true, false, false])
    expect([2, 3].map((sequence) => seat.owned(sequence))).toEqual([undefined, undefined])
    expect(seat.owned(4)).toBe(b)
    expect(finishOn(seat, 1, 0)).toEqual({ known: true, execution: a })
    expect([2, 3].map((sequence) => finishOn(seat, sequence, 0))).toEqual([{ known: true }, { known: true }])
    expect(finishOn(seat, 4, 0)).toEqual({ known: true, execution: b })
    expect(finishOn(seat, 5, 0)).toEqual({ known: true, execution: c })
    expect([seat.inFlight, seat.chunksInFlight]).toEqual([0, 0])
  })

  it('owns none that is in flight on another seat under the same sequence', () => {
    const [first, second] = [openSeat(1), openSeat(2)]
    const [a, b] = named('a', 'b')
    first.seat.send(service, [a, b], 0)
    first.marks.start(1)
    putBack(reclaim(first.seat))
    second.seat.send(service, [makeExecution('c'), b], 0)
    expect(b.sequence).toBe(2)
    expect([first.seat.owned(2), second.seat.owned(2)]).toEqual([undefined, b])
    expect([
      first.seat.all().filter((one) => one.service === service).length,
      second.seat.all().filter((one) => one.service === service).length,
    ]).toEqual([1, 2])
    finishOn(first.seat, 1, 0)
    expect(finishOn(first.seat, 2, 0)).toEqual({ known: true })
    expect(b.phase).toBe('in_flight')
    first.marks.start(2)
    expect(first.seat.running).toBeUndefined()
    second.marks.start(2)
    expect(second.seat.running).toBe(b)
  })

  it('takes from the seat that is vacated only what is still its own', () => {
    const [first, second] = [openSeat(1), openSeat(2)]
    const [a, b] = named('a', 'b')
    first.seat.send(service, [a, b], 0)
    first.marks.start(1)
    putBack(reclaim(first.seat))
    second.seat.send(service, [b], 0)
    expect(remainsOf(first.seat)).toEqual({ started: [a], notStarted: [] })
    expect(remainsOf(second.seat)).toEqual({ started: [], notStarted: [b] })
  })

  it('reclaims what was sent after them, and does not reclaim them twice', () => {
    const { seat, marks } = openSeat(1)
    const [a, b, c] = named('a', 'b', 'c')
    seat.send(service, [a, b], 0)
    marks.start(1)
    putBack(reclaim(seat))
    seat.send(service, [c], 0)
    expect(reclaim(seat)).toEqual([c])
    putBack([c])
    expect(reclaim(seat)).toEqual([])
  })
})

describe('Seat.takesMore', () => {
  it('is false without a lane, while suspended, and once its end was asked for', () => {
    expect(new Seat(1).takesMore).toBe(false)
    const { seat } = openSeat(1)
    expect(seat.takesMore).toBe(true)
    seat.suspended = true
    expect(seat.takesMore).toBe(false)
    seat.suspended = false
    seat.ending = true
    expect(seat.takesMore).toBe(false)
  })
})
