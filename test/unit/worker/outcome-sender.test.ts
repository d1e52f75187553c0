import { describe, expect, it, vi } from 'vitest'
import type { FromLane } from '../../../src/contract/messages.ts'
import { ResultRows } from '../../../src/engine/threads/result-rows.ts'
import { LaneMarks } from '../../../src/kernel/lane-marks.ts'
import { FAILURE } from '../../../src/kernel/rows/result-tag.ts'
import { RowWriter } from '../../../src/kernel/rows/row-writer.ts'
import { SharedValues } from '../../../src/kernel/shared-values.ts'
import { fromWireError } from '../../../src/kernel/wire-error.ts'
import { OutcomeSender } from '../../../src/worker/outcome-sender.ts'
import type { ServiceRunner } from '../../../src/worker/service-runner.ts'
import type { LaneScope } from '../../../src/worker/worker-scope.ts'

const runner = { plan: { index: 3, id: 'subject', workerMiddleware: [] } } as unknown as ServiceRunner
const context = { service_id: 'subject', request_id: 'r' }

function setUp() {
  const posted: FromLane[] = []
  const garbled = vi.fn()
  const results = new ResultRows(garbled)
  const writer = new RowWriter(results.memory)
  const lane: Partial<LaneScope> = {
    marks: new LaneMarks(),
    post: (message) => void posted.push(message),
    controllers: new Map(),
    shared: SharedValues.none,
  }
  return { sender: new OutcomeSender(lane as LaneScope, writer), results, writer, posted, garbled }
}

function read(results: ResultRows, first: number, limit = 10) {
  const taken: unknown[] = []
  results.read(first, limit, (value, error) => taken.push(error ? fromWireError(error) : value))
  return taken
}

describe('OutcomeSender', () => {
  it('leaves errors of quick contexts as rows among the values, in order', () => {
    const { sender, results, posted } = setUp()
    const error = new RangeError('No such strike', { cause: new TypeError('Why') })
    for (let sequence = 1; sequence <= 100; sequence++) {
      if (sequence % 10 === 0) sender.fail(runner, sequence, error, true)
      else sender.succeed(runner, context, sequence, { sequence }, true)
    }
    expect(posted).toEqual([])
    expect(sender.finished).toBe(100)
    const taken = read(results, 1, 100)
    expect(taken).toHaveLength(100)
    for (const [index, one] of taken.entries()) {
      if ((index + 1) % 10 > 0) expect(one).toEqual({ sequence: index + 1 })
      else {
        expect(one).toBeInstanceOf(RangeError)
        expect(one).toMatchObject({ message: error.message, stack: error.stack, cause: { message: 'Why' } })
      }
    }
  })

  it.each([
    ['whose message is long', new Error('x'.repeat(5_000))],
    ['with a field that fits no row', Object.assign(new Error('Late'), { at: new Date(7) })],
    ['that gathers many others', new AggregateError(Array.from({ length: 100 }, (_, index) => new Error(`${index}`)))],
  ])('posts an error %s', (_, error) => {
    const { sender, results, posted } = setUp()
    sender.succeed(runner, context, 1, { first: true }, true)
    sender.fail(runner, 2, error, true)
    sender.succeed(runner, context, 3, { third: true }, true)
    expect(posted).toMatchObject([{ type: 'failure', sequence: 2, error: { message: error.message } }])
    expect(read(results, 1)).toEqual([{ first: true }])
    expect(read(results, 3)).toEqual([{ third: true }])
  })

  it('posts errors of contexts that take their time', () => {
    const { sender, results, posted } = setUp()
    sender.fail(runner, 1, new Error('Slow'), false)
    expect(posted).toMatchObject([{ type: 'failure', sequence: 1 }])
    expect(read(results, 1)).toEqual([])
  })
})

describe('ResultRows', () => {
  it('takes nothing any more from a thread that left something else where an error was to be', () => {
    const { results, writer, garbled } = setUp()
    expect(writer.write(0, 1, FAILURE, { name: 7, message: 'No error' })).toBe(true)
    expect(writer.write(0, 2, 0, { value: 2 })).toBe(true)
    expect(read(results, 1)).toEqual([])
    expect(read(results, 1)).toEqual([])
    expect(garbled).toHaveBeenCalledOnce()
  })
})
