import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { ASLEEP, LaneMarks, MAX_IN_FLIGHT } from '../../src/kernel/lane-marks.ts'
import { contextTag } from '../../src/kernel/rows/context-tag.ts'
import { RowReader } from '../../src/kernel/rows/row-reader.ts'
import { RowWriter } from '../../src/kernel/rows/row-writer.ts'
import { fixture } from '../fixtures/supervised.ts'
import { isEqual, valueOf } from '../fixtures/rows/values.mjs'

const MANY = 1_000_000
const A_WHILE = 120_000

test(
  'a million contexts cross to a thread and back, as rows and by post, with no wake that is missed',
  async () => {
    const marks = new LaneMarks()
    const contexts = new RowWriter()
    const results = new RowReader()
    const workerData = { marks: marks.memory, contexts: contexts.memory, results: results.memory }
    const worker = new Worker(fixture('rows/lane.mjs'), { workerData })
    onTestFinished(() => void worker.terminate())
    let error: unknown
    worker.once('error', (thrown) => (error = thrown))
    const posted = new Map<number, unknown>()
    worker.on('message', ({ sequence, value }: { sequence: number; value: unknown }) => posted.set(sequence, value))
    await once(worker, 'online')

    let [sent, received, rowsSent, rowsReceived, wakes] = [0, 0, 0, 0, 0]
    const send = () => {
      sent++
      if (contexts.write(0, sent, contextTag(0, true, true), valueOf(sent))) {
        rowsSent++
        contexts.publish()
        if (marks.rouse() !== ASLEEP) return
        wakes++
        worker.postMessage({ type: 'wake' })
      } else {
        contexts.pass(sent)
        worker.postMessage({ type: 'chunk', service: 0, first: sent, contexts: [valueOf(sent)], asRows: true })
      }
    }
    const receive = (): boolean => {
      const next = received + 1
      const isRow = results.has(next)
      if (!isRow && !posted.has(next)) return false
      if (isRow) rowsReceived++
      const value = isRow ? results.take(next, valueOf(next).request_id) : posted.get(next)
      posted.delete(next)
      if (!isEqual(value, valueOf(next))) throw new Error(`Result ${next} is not what was sent`)
      received++
      return true
    }
    // Bursts of any size, and pauses in which the other side falls asleep.
    for (let burst = 1; received < MANY; burst = (burst * 17 + 5) % 1021) {
      if (error) throw error
      for (let count = 0; count < burst && sent < MANY && sent - received < MAX_IN_FLIGHT; count++) send()
      while (receive());
      results.release()
      await new Promise(setImmediate)
    }
    expect([sent, marks.started()]).toEqual([MANY, MANY])
    // Both ways were gone, and often. How often says the machine: where the other thread stands still, rows find no room.
    for (const rows of [rowsSent, rowsReceived]) {
      expect(rows).toBeGreaterThan(0.1 * MANY)
      expect(MANY - rows).toBeGreaterThan(0.001 * MANY)
    }
    expect(wakes).toBeGreaterThan(10)
  },
  A_WHILE,
)
