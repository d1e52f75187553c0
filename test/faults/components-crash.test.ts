import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { batch, engines, errorOf, quickOnes, valueOf } from './batches.ts'
import { Ledger } from './ledger.ts'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

interface Ran {
  readonly n: number
  readonly threadId: number
}

let ledger: Ledger

beforeEach(() => void (ledger = new Ledger()))
afterEach(() => ledger.remove())

const faulty = () => ({ faulty: { module: './faulty.mjs', class: 'Faulty', config: { ledger: ledger.path } } })
const warmUp = quickOnes('faulty').map((context) => ({ ...context, data: { n: -1 } }))
const numbers = Array.from({ length: 16 }, (_, n) => n)

describe('K14 a component that ends its thread', () => {
  test.each([
    ['exit 0', 0],
    ['exit 1', 1],
    ['reallyExit', 2],
    ['kill', 143],
    ['kill with SIGKILL', 137],
  ])('by %s costs its own context alone', async (fault, exitCode) => {
    const BAD = 4
    await withTail({ services: faulty() }, { workers: 1, warmUp }, async (supervisor) => {
      const exited = nextEvent(supervisor, 'worker:exited')
      const outcomes = await supervisor.executeMany(batch('faulty', 16, { [BAD]: { fault } }))
      expect(await exited).toMatchObject({ exitCode })
      expect(errorOf(outcomes[BAD])).toMatchObject({
        code: 'WORKER_CRASHED',
        outcome: 'unknown',
        serviceId: 'faulty',
        details: { exitCode },
      })
      const ran = outcomes.filter((_, n) => n !== BAD).map((outcome) => valueOf<Ran>(outcome))
      expect(ran.map(({ n }) => n)).toEqual(numbers.filter((n) => n !== BAD))
      expect(new Set(ran.slice(0, BAD).map(({ threadId }) => threadId)).size).toBe(1)
      expect(ran.slice(BAD).every(({ threadId }) => threadId !== ran[0]!.threadId)).toBe(true)
      expect(ledger.started).toEqual(numbers)
      expect(supervisor.stats().pools['default']!.restarts).toBe(1)
    })
  })

  test('by process.abort, which throws in a worker, keeps its thread', async () => {
    await withTail({ services: faulty() }, { workers: 1, warmUp }, async (supervisor) => {
      const outcomes = await supervisor.executeMany(batch('faulty', 16, { 4: { fault: 'abort' } }))
      expect(errorOf(outcomes[4])).toMatchObject({ code: 'COMPONENT_FAILED', outcome: 'failed' })
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(15)
      expect(supervisor.stats().pools['default']!.restarts).toBe(0)
    })
  })
})

describe('K15 an error that nobody awaits, while its context is pending,', () => {
  test.each([
    ['throws in an immediate while pending', 'from an immediate'],
    ['rejects unheard while pending', 'from a promise'],
  ])('%s: fails that context and no other', async (fault, message) => {
    await withTail({ services: faulty() }, { workers: 1, warmUp }, async (supervisor) => {
      const orphan = nextEvent(supervisor, 'orphan:error')
      const outcomes = await supervisor.executeMany(batch('faulty', 16, { 4: { fault } }))
      const error = errorOf(outcomes[4])
      expect(error).toMatchObject({
        code: 'WORKER_CRASHED',
        outcome: 'unknown',
        cause: { message },
        details: { reason: 'orphan' },
      })
      expect(await orphan).toMatchObject({ requestId: error.requestId, error: { message } })
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(15)
      expect(ledger.started).toEqual(numbers)
    })
  })
})

describe('K16 an error that nobody awaits, after its context ended,', () => {
  const late = [
    ['throws in a timer after it returned', 'from a timer'],
    ['throws null in a timer after it returned', 'Threw null'],
    ['rejects unheard after it returned', 'from a promise'],
  ] as const

  test.each(late)(
    '%s: the value stands, the event names the last request, the worker is replaced',
    async (fault, message) => {
      // In a pool of its own, so that no control context is the last.
      const services = { faulty: { ...faulty().faulty, pool: 'own' } }
      await withTail({ pools: { own: { workers: 1 } }, services }, { workers: 1, warmUp }, async (supervisor) => {
        const orphan = nextEvent(supervisor, 'orphan:error')
        const restarted = nextEvent(supervisor, 'worker:restarted')
        const context = { service_id: 'faulty', request_id: 'culprit', data: { n: 0, fault } }
        const { threadId } = (await supervisor.execute(context)) as Ran
        expect(await orphan).toMatchObject({ requestId: 'culprit', error: { message } })
        expect((await restarted).threadId).not.toBe(threadId)
      })
    },
  )

  test.each(late)('%s: the next context is not failed silently', async (fault, message) => {
    await withTail({ services: faulty() }, { workers: 1, warmUp }, async (supervisor) => {
      const outcomes = await supervisor.executeMany(batch('faulty', 3, { 0: { fault }, 1: { fault: 'never' } }))
      expect(outcomes[0]!.ok).toBe(true)
      expect(errorOf(outcomes[1])).toMatchObject({ code: 'WORKER_CRASHED', outcome: 'unknown', cause: { message } })
      expect(outcomes[2]!.ok).toBe(true)
      expect(ledger.started).toEqual([0, 1, 2])
    })
  })
})

describe.each(engines)('K22 state that a module keeps, on %s,', (engine) => {
  test('is there for the next context of the same thread', async () => {
    const services = { remembering: { module: './faulty.mjs', class: 'Remembering' } }
    // Inline, the module belongs to this process and has been there in other tests.
    await withTail({ services }, { engine, workers: 2 }, async (supervisor) => {
      const byThread = new Map<number, number[]>()
      for (const outcome of await supervisor.executeMany(batch('remembering', 40))) {
        const { seen, threadId } = valueOf<{ seen: number; threadId: number }>(outcome)
        byThread.set(threadId, [...(byThread.get(threadId) ?? []), seen])
      }
      for (const seen of byThread.values()) {
        const first = Math.min(...seen)
        expect(seen.toSorted((a, b) => a - b)).toEqual(seen.map((_, index) => first + index))
      }
    })
  })
})
