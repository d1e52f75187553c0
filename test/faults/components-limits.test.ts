import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { batch, engines, errorOf, quickOnes, valueOf } from './batches.ts'
import { Ledger } from './ledger.ts'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => void (ledger = new Ledger()))
afterEach(() => ledger.remove())

const faulty = (limits: object) => ({
  faulty: { module: './faulty.mjs', class: 'Faulty', config: { ledger: ledger.path }, ...limits },
})
const warmUp = quickOnes('faulty').map((context) => ({ ...context, data: { n: -1 } }))
const numbers = Array.from({ length: 8 }, (_, n) => n)

describe.each(engines)('K10 a promise that never settles, on %s,', (engine) => {
  test('is TIMEOUT in time, and its neighbours run', async () => {
    const services = faulty({ timeout_ms: 500, grace_ms: 50 })
    await withTail({ services }, { engine, workers: 1, warmUp }, async (supervisor) => {
      const took: number[] = []
      for (let round = 1; round <= 3; round++) {
        const settled = nextEvent(supervisor, 'context:settled', ({ ok }) => !ok).then(() => Date.now())
        const outcomes = await supervisor.executeMany(batch('faulty', 8, { 2: { fault: 'never' } }))
        expect(errorOf(outcomes[2])).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown', serviceId: 'faulty' })
        took.push((await settled) - ledger.entries.findLast(({ n }) => n === 2)!.at)
        expect(outcomes.filter(({ ok }) => ok)).toHaveLength(7)
        expect(ledger.started.slice(-numbers.length)).toEqual(numbers)
        expect(supervisor.stats().timedOut).toBe(round)
      }
      expect(Math.min(...took)).toBeGreaterThanOrEqual(450)
      // The quickest, since the machine may be busy elsewhere for longer than that during any of them.
      expect(Math.min(...took)).toBeLessThanOrEqual(900)
    })
  })
})

describe('K11 a loop that never ends', () => {
  test.each([1, 2])('on %d workers is TIMEOUT, its thread is replaced, its chunk runs elsewhere', async (workers) => {
    const services = faulty({ timeout_ms: 500, grace_ms: 50 })
    await withTail({ services }, { workers, warmUp }, async (supervisor) => {
      const restarted = nextEvent(supervisor, 'worker:restarted')
      const exited = nextEvent(supervisor, 'worker:exited')
      const outcomes = await supervisor.executeMany(batch('faulty', 8, { 1: { fault: 'spin' } }))
      expect(errorOf(outcomes[1])).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
      const before = ledger.entries.find(({ n }) => n === 1)!.threadId
      expect((await restarted).worker).toBe((await exited).worker)
      expect((await restarted).threadId).not.toBe(before)
      for (const [n, outcome] of outcomes.entries()) {
        if (n !== 1) expect(valueOf<{ n: number }>(outcome).n).toBe(n)
      }
      expect(ledger.started.toSorted((a, b) => a - b)).toEqual(numbers)
    })
  })
})

describe('K12 code that cannot be interrupted', () => {
  test.each(['Atomics.wait', 'regular expression', 'huge JSON.parse'])('%s is TIMEOUT, as K11', async (fault) => {
    const services = faulty({ timeout_ms: 500, grace_ms: 50 })
    await withTail({ services }, { workers: 1, warmUp }, async (supervisor) => {
      const restarted = nextEvent(supervisor, 'worker:restarted')
      const outcomes = await supervisor.executeMany(batch('faulty', 8, { 1: { fault } }))
      expect(errorOf(outcomes[1])).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
      await restarted
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(7)
      expect(ledger.started.toSorted((a, b) => a - b)).toEqual(numbers)
    })
  })
})

describe.each(engines)('K13 a component that ignores its limit and ends late, on %s,', (engine) => {
  test('settles once; the late value is counted, and nothing runs beside it', async () => {
    const services = faulty({ timeout_ms: 500, grace_ms: 5_000 })
    await withTail({ services }, { engine, workers: 1, warmUp }, async (supervisor) => {
      const outcomes = await supervisor.executeMany(batch('faulty', 3, { 0: { fault: 'ends late' } }))
      expect(errorOf(outcomes[0])).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
      expect(outcomes.slice(1).every(({ ok }) => ok)).toBe(true)
      expect(supervisor.stats().lateResults).toBe(1)
      expect(supervisor.stats().pools['default']).toMatchObject({ workers: 1, restarts: 0 })
      const order = ledger.entries.map(({ n, event }) => `${n} ${event}`).join(', ')
      expect(order).toBe('0 start, 0 end, 1 start, 1 end, 2 start, 2 end')
    })
  })

  test('past its grace too: what waited behind it runs elsewhere, once', async () => {
    const services = faulty({ grace_ms: 50 })
    await withTail({ services }, { engine, workers: 1, warmUp }, async (supervisor) => {
      const special = { 0: { fault: 'ends late', ms: 1_000 }, 7: { fault: 'takes long', ms: 1_500 } }
      const [first, ...others] = batch('faulty', 8, special)
      const late = supervisor.execute(first!, { timeoutMs: 200 })
      const outcomes = supervisor.executeMany(others)
      await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
      // The last one starts after the first was told to end, so by its end that, where it could not be stopped, has ended.
      expect((await outcomes).every(({ ok }) => ok)).toBe(true)
      expect(ledger.started).toEqual(numbers)
      expect(ledger.entries.some(({ n, event }) => n === 0 && event === 'end')).toBe(engine === 'inline')
    })
  })
})
