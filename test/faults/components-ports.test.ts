import { describe, expect, test } from 'vitest'
import { batch, errorOf, quickOnes } from './batches.ts'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

const services = { faulty: { module: './faulty.mjs', class: 'Faulty' } }
const warmUp = quickOnes('faulty')
const BAD = 4

describe('K18 a component', () => {
  test.each(['forges replies', 'posts garbage', 'closes parentPort', 'removes all listeners'])(
    'that %s settles as ever, and so do its neighbours',
    async (fault) => {
      await withTail({ services }, { workers: 1, warmUp }, async (supervisor) => {
        const outcomes = await supervisor.executeMany(batch('faulty', 16, { [BAD]: { fault } }))
        for (const [n, outcome] of outcomes.entries()) {
          // Its own context alone may fail.
          if (n !== BAD || outcome.ok) expect(outcome).toMatchObject({ ok: true, value: { n } })
          else expect(errorOf(outcome).code).toBe('WORKER_CRASHED')
        }
      })
    },
  )

  test.each(["closes the lane's port", "closes the lane's port and returns"])(
    'that %s loses its thread, and its neighbours run elsewhere',
    async (fault) => {
      await withTail({ services }, { workers: 1, warmUp }, async (supervisor) => {
        const restarted = nextEvent(supervisor, 'worker:restarted')
        const outcomes = await supervisor.executeMany(batch('faulty', 16, { [BAD]: { fault } }))
        await restarted
        expect(errorOf(outcomes[BAD])).toMatchObject({ code: 'WORKER_CRASHED', outcome: 'unknown' })
        for (const [n, outcome] of outcomes.entries()) if (n !== BAD) expect(outcome).toMatchObject({ value: { n } })
      })
    },
  )
})

describe('K18 a component that takes its lane from its supervisor, with no limit set,', () => {
  test.each(['makes its lane deaf', 'lets go of its lane', 'takes what its lane was sent'])(
    'and %s: nobody waits for ever, nothing starts twice',
    async (fault) => {
      const services = { hazard: { module: './hazard.mjs', class: 'Hazard' } }
      // With a date a context is posted: what lies in shared memory cannot be taken.
      const posted = new Date(0)
      const plain = (count: number) =>
        Array.from({ length: count }, (_, n) => ({ service_id: 'hazard', data: { n, fault: '', posted } }))
      await withTail({ services }, { workers: 1 }, async (supervisor) => {
        const starts = new Int32Array(new SharedArrayBuffer(4 * 10_000))
        await supervisor.share('starts', starts)
        const restarted = nextEvent(supervisor, 'worker:restarted')
        const contexts = plain(10_000)
        contexts[100] = { service_id: 'hazard', data: { n: 100, fault, posted } }
        const outcomes = await supervisor.executeMany(contexts)
        for (const [n, outcome] of outcomes.entries()) {
          if (n !== 100 || outcome.ok) expect(outcome).toMatchObject({ ok: true, value: { n } })
          else expect(errorOf(outcome)).toMatchObject({ code: 'WORKER_CRASHED' })
        }
        expect(starts.every((count) => count === 1)).toBe(true)
        await restarted
      })
    },
  )
})

test('K19 a component that leaves handles open returns its value, and close() still ends', async () => {
  let closedAfter = Infinity
  await withTail({ services }, { workers: 2, warmUp }, async (supervisor) => {
    const fault = 'leaves handles open'
    const outcomes = await supervisor.executeMany(batch('faulty', 16, { 1: { fault }, 5: { fault }, 9: { fault } }))
    for (const [n, outcome] of outcomes.entries()) expect(outcome).toMatchObject({ ok: true, value: { n } })
    supervisor.on('worker:exited', ({ reason }) => {
      expect(reason).toBe('drained')
    })
    closedAfter = performance.now()
  })
  expect(performance.now() - closedAfter).toBeLessThan(2_000)
})
