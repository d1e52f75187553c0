import { expect, test } from 'vitest'
import { type Subject, subjects } from '../fixtures/actors/subject.ts'
import { withTail } from './tail.ts'

const SAMPLES = 60
const BUSY = 50

test('an actor answers within 5 ms while another pool is saturated with computation', async () => {
  const services = {
    subject: subjects(),
    busy: { module: './actors/busy.mjs', class: 'Busy', pool: 'batch' },
  }
  const pools = { batch: { workers: 1 }, actors: { workers: 1 } }
  await withTail({ pools, services }, {}, async (supervisor) => {
    const actor = await supervisor.actor<Subject>('subject', 'quick')
    await actor.increment()
    const work = supervisor.executeMany(Array.from({ length: BUSY }, () => ({ service_id: 'busy', data: { ms: 50 } })))
    const times: number[] = []
    for (let sample = 0; sample < SAMPLES; sample++) {
      const began = performance.now()
      await actor.increment()
      times.push(performance.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(supervisor.stats().services['busy']).toMatchObject({ running: expect.any(Number) })
    expect(supervisor.stats().services['busy']!.ok).toBeLessThan(BUSY)
    // The operating system may give both cores to others at any time, for some milliseconds: the quickest tenth tells
    // what an answer takes. One that waited for the computation in its way would take nearly all of its 50 ms.
    const sorted = times.toSorted((a, b) => a - b)
    expect(sorted[SAMPLES / 10]).toBeLessThan(5)
    expect(sorted[SAMPLES / 2]).toBeLessThan(25)
    for (const outcome of await work) expect(outcome.ok).toBe(true)
  })
})

test('a message that handed buffers over and never began is not sent again', async () => {
  const { transfer } = await import('troupe')
  const services = { subject: subjects({ backoff_ms: 1 }, { slowStart: 200 }) }
  await withTail({ services }, {}, async (supervisor) => {
    const { thread } = await captured(
      supervisor,
      async () => await (await supervisor.actor<Subject>('subject', 'one')).increment(),
    )
    const starting = await supervisor.actor<Subject>('subject', 'two')
    const numbers = new Float64Array(8)
    const moved = starting.echo(transfer(numbers, [numbers.buffer])).then(
      () => 'answered',
      (error: { code: string; outcome: string }) => `${error.code} ${error.outcome}`,
    )
    // Its instance is being made: the message has left, and has not begun.
    while (numbers.length > 0) await new Promise((resolve) => setImmediate(resolve))
    await thread.terminate()
    expect(await moved).toBe('WORKER_CRASHED not_started')
    expect(await starting.increment()).toBe(1)
  })
})

/** Runs a body and gives the thread of the pool of actors. */
async function captured(supervisor: import('troupe').Supervisor, body: () => Promise<unknown>) {
  const { threadId } = await import('node:worker_threads')
  expect(threadId).toBe(0)
  await body()
  const id = await (await supervisor.actor<Subject>('subject', 'one')).thread()
  const thread = threads.find((one) => one.threadId === id)
  if (!thread) throw new Error('The thread of the actors was not seen')
  return { thread }
}

const threads: import('node:worker_threads').Worker[] = []
process.on('worker', (thread) => threads.push(thread))
