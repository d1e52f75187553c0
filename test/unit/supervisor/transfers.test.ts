import { reclaim } from '../../../src/supervisor/reclaim.ts'
import { describe, expect, it } from 'vitest'
import type { RoutedContext } from '../../../src/contract/context.ts'
import type { ServicePlan } from '../../../src/contract/plan.ts'
import { transfer } from '../../../src/contract/transfer.ts'
import type { Lane } from '../../../src/engine/engine.ts'
import { LaneMarks } from '../../../src/kernel/lane-marks.ts'
import { Execution } from '../../../src/supervisor/execution.ts'
import { Seat } from '../../../src/supervisor/seat.ts'
import { Service } from '../../../src/supervisor/service.ts'
import { promiseTransfers, transferRefusal } from '../../../src/supervisor/transfers.ts'

const service = new Service(
  { id: 'pricing', index: 0 } as unknown as ServicePlan,
  {},
  {
    supervisor: [],
    worker: [],
  },
)

function executing(context: RoutedContext): Execution {
  return new Execution(context, service, { timeoutMs: undefined, deadlineAt: Infinity }, { settled() {} }, () => {}, 0)
}

const marked = (...buffers: ArrayBuffer[]) => transfer({ service_id: 'pricing', request_id: 'r' }, buffers)

const refusal = (path: string, what: RegExp) => ({
  code: 'INPUT_NOT_SERIALIZABLE',
  serviceId: 'pricing',
  requestId: 'r',
  details: { path, what: expect.stringMatching(what) },
})

describe('promiseTransfers', () => {
  it('gives an execution the buffers of its context, and one without a mark none', () => {
    const buffer = new ArrayBuffer(8)
    const context = marked(buffer)
    const execution = executing(context)
    expect(promiseTransfers(execution, context)).toBeUndefined()
    expect(execution.transfers).toEqual([buffer])
    const plain = { service_id: 'pricing', request_id: 'r' }
    const other = executing(plain)
    expect(promiseTransfers(other, plain)).toBeUndefined()
    expect(other.transfers).toBeUndefined()
  })

  it('refuses a buffer that was promised to another, until that has settled', () => {
    const buffer = new ArrayBuffer(8)
    const [first, second] = [executing(marked(buffer)), executing(marked(new ArrayBuffer(8), buffer))]
    const heirs = marked(new ArrayBuffer(8), buffer)
    expect(promiseTransfers(first, marked(buffer))).toBeUndefined()
    expect(promiseTransfers(first, marked(buffer))).toBeUndefined()
    expect(promiseTransfers(second, heirs)).toMatchObject(refusal('transfer[1]', /another context under way/))
    expect(second.transfers).toBeUndefined()
    first.settle({ ok: true, value: 1 })
    expect(promiseTransfers(second, heirs)).toBeUndefined()
  })
})

describe('transferRefusal', () => {
  it('says when a promised buffer has gone elsewhere', () => {
    const buffer = new ArrayBuffer(8)
    const execution = executing(marked(buffer))
    expect(transferRefusal(execution)).toBeUndefined()
    promiseTransfers(execution, marked(buffer))
    expect(transferRefusal(execution)).toBeUndefined()
    structuredClone(buffer, { transfer: [buffer] })
    expect(transferRefusal(execution)).toMatchObject(refusal('transfer[0]', /handed over already/))
  })
})

describe('Seat', () => {
  it('hands the list of a context to its lane, and does not take that context back', () => {
    const lists: unknown[] = []
    const send: Lane['send'] = (_service, _first, contexts, _asRows, transfers) => {
      lists.push(transfers)
      return { sent: contexts.length }
    }
    const seat = new Seat(1)
    seat.lane = { marks: new LaneMarks(), hold() {}, send } as unknown as Lane
    const buffer = new ArrayBuffer(8)
    const context = marked(buffer)
    const [handing, plain] = [executing(context), executing({ service_id: 'pricing', request_id: 'p' })]
    promiseTransfers(handing, context)
    seat.send(service, [handing], 0)
    seat.send(service, [plain], 0)
    expect(lists).toEqual([[buffer], undefined])
    expect(reclaim(seat)).toEqual([plain])
    expect(seat.owned(handing.sequence)).toBe(handing)
  })
})
