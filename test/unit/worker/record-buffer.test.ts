import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { RecordsMessage } from '../../../src/contract/messages.ts'
import { LaneMarks } from '../../../src/kernel/lane-marks.ts'
import { RecordBuffer } from '../../../src/worker/record-buffer.ts'

fc.configureGlobal({ seed: 20260113 })

const BATCH = 64
const HELD = 1024
const BATCHES_IN_FLIGHT = 16

function setUp() {
  const marks = new LaneMarks()
  const posted: RecordsMessage[] = []
  const buffer = new RecordBuffer(marks, (message) => posted.push(message))
  let pushed = 0
  const push = (count: number) => {
    for (const end = pushed + count; pushed < end; pushed++) buffer.push('info', {}, `${pushed}`, 2, 'r-1')
  }
  const texts = () => posted.flatMap((message) => message.records.map((record) => record.message))
  const dropped = () => posted.reduce((sum, message) => sum + message.dropped, 0)
  return { marks, posted, buffer, push, texts, dropped }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)

/** A turn of the event loop. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('RecordBuffer', () => {
  it('posts a full batch at once, and the rest at the next turn', async () => {
    const { posted, push, texts } = setUp()
    push(2 * BATCH + 5)
    expect(posted.map((message) => message.records.length)).toEqual([BATCH, BATCH])
    await turn()
    expect(posted.map((message) => message.records.length)).toEqual([BATCH, BATCH, 5])
    expect(texts()).toEqual(upTo(2 * BATCH + 5))
    await turn()
    expect(posted).toHaveLength(3)
  })

  it('says what a record says, and when', () => {
    const { buffer, posted } = setUp()
    const before = Date.now()
    buffer.push('warn', { a: 1 }, 'text', 7, 'r-9')
    buffer.flush()
    const [record] = posted[0]!.records
    expect(record).toMatchObject({ level: 'warn', message: 'text', fields: { a: 1 }, service: 7, requestId: 'r-9' })
    expect(record!.time).toBeGreaterThanOrEqual(before)
    expect(record!.time).toBeLessThanOrEqual(Date.now())
  })

  it('posts no more batches than may be in flight until they are taken', () => {
    const { marks, posted, push } = setUp()
    push(BATCHES_IN_FLIGHT * BATCH + 3 * BATCH)
    expect(posted).toHaveLength(BATCHES_IN_FLIGHT)
    marks.takeRecords()
    push(1)
    expect(posted).toHaveLength(BATCHES_IN_FLIGHT + 1)
    expect(posted.at(-1)!.records).toHaveLength(3 * BATCH + 1)
  })

  it('holds no more than it may, counts what it drops, and says so with the next batch', () => {
    const { marks, posted, push, texts } = setUp()
    const kept = BATCHES_IN_FLIGHT * BATCH + HELD
    push(kept + 500)
    expect(posted).toHaveLength(BATCHES_IN_FLIGHT)
    marks.takeRecords()
    push(1)
    expect(posted.at(-1)).toMatchObject({ dropped: 500, records: { length: HELD } })
    expect(texts()).toEqual(upTo(kept))
    for (let count = 0; count < BATCHES_IN_FLIGHT; count++) marks.takeRecords()
    push(BATCH)
    expect(posted.at(-1)!.dropped).toBe(0)
    expect(texts().slice(kept)).toEqual(Array.from({ length: BATCH }, (_, index) => `${kept + 500 + index}`))
  })

  it('posts what waits once the supervisor has caught up, without being asked', async () => {
    const { marks, posted, push, texts } = setUp()
    push(BATCHES_IN_FLIGHT * BATCH + 10)
    await turn()
    expect(posted).toHaveLength(BATCHES_IN_FLIGHT)
    marks.takeRecords()
    await vi.waitFor(() => expect(texts()).toEqual(upTo(BATCHES_IN_FLIGHT * BATCH + 10)))
  })

  it('posts all the same when it is forced to, for a lane that ends', () => {
    const { buffer, push, texts, dropped } = setUp()
    push(BATCHES_IN_FLIGHT * BATCH + HELD + 7)
    buffer.flush(true)
    expect(texts()).toHaveLength(BATCHES_IN_FLIGHT * BATCH + HELD)
    expect(dropped()).toBe(7)
  })

  it('posts nothing where there is nothing to say', () => {
    const { buffer, posted } = setUp()
    buffer.flush()
    buffer.flush(true)
    expect(posted).toEqual([])
  })

  it('loses no record that it does not count, whenever batches are taken', () => {
    const step = fc.oneof(fc.record({ push: fc.nat(700) }), fc.record({ take: fc.nat(20) }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { marks, buffer, posted, push, texts, dropped } = setUp()
        let pushed = 0
        let taken = 0
        for (const one of steps) {
          if ('push' in one) {
            push(one.push)
            pushed += one.push
          } else {
            for (let count = 0; count < one.take && taken < posted.length; count++, taken++) marks.takeRecords()
          }
          expect(posted.length - taken).toBeLessThanOrEqual(BATCHES_IN_FLIGHT)
        }
        buffer.flush(true)
        expect(texts().length + dropped()).toBe(pushed)
        expect(posted.every((message) => message.records.length <= HELD)).toBe(true)
        expect(texts().map(Number)).toEqual(
          texts()
            .map(Number)
            .toSorted((a, b) => a - b),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('keeps fields as they were, in a form that can cross', () => {
    const { buffer, posted } = setUp()
    const list = [1]
    const fields = {
      list,
      err: Object.assign(new TypeError('Broke'), { code: 7 }),
      run: () => 1,
      sign: Symbol('s'),
      of: { run: () => 1 },
      none: null,
    }
    buffer.push('error', fields, 'text', 0, 'r-1')
    list.push(2)
    buffer.flush()
    const kept = structuredClone(posted[0]!.records[0]!.fields)
    expect(kept).toMatchObject({ list: [1], of: '[not serializable]', run: '() => 1', sign: 'Symbol(s)', none: null })
    expect(kept['err']).toMatchObject({ name: 'TypeError', message: 'Broke', fields: { code: 7 } })
  })
})
