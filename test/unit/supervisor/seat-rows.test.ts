import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RoutedContext } from '../../../src/contract/context.ts'
import type { Outcome } from '../../../src/contract/outcome.ts'
import type { ServicePlan } from '../../../src/contract/plan.ts'
import type { Lane } from '../../../src/engine/engine.ts'
import { LaneMarks } from '../../../src/kernel/lane-marks.ts'
import { Execution } from '../../../src/supervisor/execution.ts'
import { Seat } from '../../../src/supervisor/seat.ts'
import { Service } from '../../../src/supervisor/service.ts'
import { Span, type SpanHost } from '../../../src/supervisor/span.ts'

const noLimits = { timeoutMs: undefined, deadlineAt: Infinity }

/** A seat whose lane leaves the result of each context as a row once `ready` is past it. */
function setUp() {
  const service = new Service({ id: 'pricing', index: 3 } as unknown as ServicePlan, {}, { supervisor: [], worker: [] })
  service.measured(0.001)
  const marks = new LaneMarks()
  const sent = new Map<number, RoutedContext>()
  const taken: number[] = []
  const setting = { ready: 0, mostRead: Infinity }
  const lane = {
    marks,
    send(_service: number, first: number, contexts: readonly RoutedContext[]) {
      for (const [index, context] of contexts.entries()) sent.set(first + index, context)
      return { sent: contexts.length }
    },
    hold() {},
    abort() {},
    readRows(first: number, limit: number) {
      const values: unknown[] = []
      for (let next = first; values.length < Math.min(limit, setting.mostRead) && next <= setting.ready; next++) {
        taken.push(next)
        values.push(`result of ${sent.get(next)!.request_id}`)
      }
      return values
    },
  } as unknown as Lane
  const seat = new Seat(1)
  seat.lane = lane
  return { seat, service, marks, taken, setting }
}

describe('Seat.takeRows', () => {
  it('hands each result once to whom it belongs, whoever asks or looks in between', () => {
    const chunk = fc.record({ size: fc.integer({ min: 1, max: 12 }), short: fc.boolean(), asked: fc.array(fc.nat(11)) })
    const look = fc.record({ more: fc.nat(20), mostRead: fc.integer({ min: 1, max: 9 }), asks: fc.boolean() })
    fc.assert(
      fc.property(fc.array(chunk), fc.array(look), fc.nat(40), fc.boolean(), (chunks, looks, nestedAt, isHeard) => {
        const { seat, service, marks, taken, setting } = setUp()
        const contexts: RoutedContext[] = []
        const outcomes: Outcome[] = []
        let settled = 0
        const settle = (outcome: Outcome, index: number) => {
          expect(outcomes[index]).toBeUndefined()
          outcomes[index] = outcome
          // Whoever hears of one may have the others read.
          if (++settled === nestedAt) take()
        }
        const host: SpanHost = { settled() {}, settledShort: () => !isHeard }
        const take = () =>
          seat.takeRows(0, (execution, value) => {
            execution!.settle({ ok: true, value })
          })
        const execution = (index: number) => new Execution(contexts[index]!, service, noLimits, host, settle, index)
        const last = () => seat.head + seat.inFlight - 1
        for (const { size, short, asked } of chunks) {
          const indexes = Array.from({ length: size }, (_, at) => contexts.length + at)
          for (const index of indexes) contexts.push({ service_id: 'pricing', request_id: `r${index}` })
          if (short) seat.sendSpan(new Span(service, contexts, host, settle), indexes, 0)
          else seat.send(service, indexes.map(execution), 0)
          for (const place of asked)
            if (place < size) expect(seat.owned(last() - place)?.requestId).toBe(`r${contexts.length - 1 - place}`)
        }
        const total = contexts.length
        for (const { more, mostRead, asks } of [...looks, { more: total, mostRead: 4, asks: false }]) {
          setting.ready = Math.min(setting.ready + more, total)
          setting.mostRead = mostRead
          marks.start(setting.ready)
          if (asks && seat.inFlight > 0) expect(seat.owned(last())?.requestId).toBe(`r${total - 1}`)
          take()
          expect(seat.inFlight).toBe(total - setting.ready)
          expect(seat.count(service)).toBe(total - setting.ready)
          expect(settled).toBe(setting.ready)
        }
        expect(outcomes).toEqual(contexts.map((context) => ({ ok: true, value: `result of ${context.request_id}` })))
        expect(taken).toEqual(contexts.map((_, index) => index + 1))
        expect(seat.chunksInFlight).toBe(0)
      }),
      { seed: 12, numRuns: 500 },
    )
  })

  it('takes more again once the results of a chunk with an interrupted context have come', () => {
    const { seat, service, marks, setting } = setUp()
    const contexts = ['a', 'b', 'c', 'd'].map((request_id) => ({ service_id: 'pricing', request_id }))
    const values: unknown[] = []
    const host: SpanHost = { settled() {}, settledShort: () => true }
    const settle = (outcome: Outcome, index: number) => void (values[index] = outcome.ok && outcome.value)
    seat.sendSpan(new Span(service, contexts, host, settle), [0, 1, 2, 3], 0)
    marks.start(2)
    seat.interrupt(seat.running!, 1_000)
    expect(seat.takesMore).toBe(false)
    setting.ready = 4
    marks.start(4)
    expect(seat.takeRows(0, (execution, value) => execution!.settle({ ok: true, value }))).toBe(4)
    expect(values).toEqual(['a', 'b', 'c', 'd'].map((id) => `result of ${id}`))
    expect(seat.takesMore).toBe(true)
  })
})
