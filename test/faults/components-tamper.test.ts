import { Supervisor } from 'troupe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RecordedLog } from '../fixtures/recorded-log.ts'
import { batch, errorOf, quickOnes, valueOf } from './batches.ts'
import { inCleanProcess } from './clean-process.ts'
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

const tampering = () => ({
  tampering: { module: './tampering.mjs', class: 'Tampering', config: { ledger: ledger.path } },
})
const warmUp = quickOnes('tampering').map((context) => ({ ...context, data: { n: -1 } }))
const numbers = Array.from({ length: 16 }, (_, n) => n)
const BAD = 4

// What is changed, and how the end of the thread names it.
const changes = [
  ['Object.prototype, by assignment', 'Object.prototype.polluted'],
  ['Object.prototype, unseen by for…in', 'Object.prototype.polluted'],
  ['Object.prototype.toString', 'Object.prototype.toString'],
  ['globalThis.Promise, deleted', 'Promise'],
  ['globalThis.Promise', 'Promise'],
  ['globalThis.process', 'process'],
  ['globalThis.Atomics, deleted', 'Atomics'],
  ['globalThis.structuredClone', 'structuredClone'],
  ['globalThis.setImmediate', 'setImmediate'],
  ['globalThis.performance', 'performance'],
  ['performance.now', 'performance.now'],
  ['Array.prototype.push', 'Array.prototype.push'],
  ['Array.prototype.push, throwing', 'Array.prototype.push'],
  ['Array.prototype[Symbol.iterator]', 'Array.prototype[Symbol.iterator]'],
  ['Atomics.load', 'Atomics.load'],
  ['Atomics.store', 'Atomics.store'],
  ['Map.prototype.get', 'Map.prototype.get'],
  ['Map.prototype.delete', 'Map.prototype.delete'],
  ['Object.defineProperty', 'Object.defineProperty'],
  ['Object.keys', 'Object.keys'],
  ['Promise.prototype.then', 'Promise.prototype.then'],
  ['Promise.resolve', 'Promise.resolve'],
  ['Function.prototype.call', 'Function.prototype.call'],
  ['MessagePort.prototype.postMessage', 'MessagePort.prototype.postMessage'],
  ['MessagePort.prototype.postMessage, throwing', 'MessagePort.prototype.postMessage'],
  ['everything', ''],
] as const

describe.each(changes)('K17 a component that changes %s', (change, named) => {
  test.each(['at once', 'awaited'])('%s: its thread is replaced, and neighbours run as ever', async (when) => {
    const { logger, records } = new RecordedLog()
    await withTail({ services: tampering() }, { workers: 1, warmUp, logger }, async (supervisor) => {
      const exited = nextEvent(supervisor, 'worker:exited')
      const restarted = nextEvent(supervisor, 'worker:restarted')
      const outcomes = await supervisor.executeMany(batch('tampering', 16, { [BAD]: { change, when } }))
      for (const [n, outcome] of outcomes.entries()) {
        // Its own context alone may fail.
        if (n !== BAD || outcome.ok) expect(valueOf<Ran>(outcome).n).toBe(n)
        else expect(['COMPONENT_FAILED', 'WORKER_CRASHED']).toContain(errorOf(outcome).code)
      }
      expect((await exited).reason).toMatch(named === '' ? / was changed$/ : `${named} was changed`)
      expect((await restarted).threadId).not.toBe(valueOf<Ran>(outcomes[0]).threadId)
      expect(ledger.started).toEqual(numbers)
      const { reason } = await exited
      expect(records).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'Worker exited',
          fields: expect.objectContaining({ reason }),
        }),
      )
    })
  })

  test('when it has returned: the next contexts are not the worse for it', async () => {
    await withTail({ services: tampering() }, { workers: 1, warmUp }, async (supervisor) => {
      const exited = nextEvent(supervisor, 'worker:exited')
      const first = await supervisor.execute({ service_id: 'tampering', data: { n: 0, change, when: 'afterwards' } })
      expect(first).toMatchObject({ n: 0 })
      const rest = await supervisor.executeMany(batch('tampering', 16).slice(1))
      expect(rest.map((outcome) => valueOf<Ran>(outcome).n)).toEqual(numbers.slice(1))
      // An immediate has its turn when the lane has nothing else to do.
      let gone = false
      void exited.then(() => (gone = true))
      while (!gone) await supervisor.execute({ service_id: 'tampering', data: { n: -1 } })
      expect(ledger.started).toEqual(numbers)
    })
  })
})

describe('K17 a component that changes a built-in', () => {
  const withBudget = (more: object) => ({
    pools: { own: { workers: 1, max_restarts: 3 } },
    services: { tampering: { module: './tampering.mjs', class: 'Tampering', pool: 'own', ...more } },
  })

  test('again and again is quarantined, as one that ends its thread is', async () => {
    await withTail(withBudget({}), { workers: 1 }, async (supervisor) => {
      const quarantined = nextEvent(supervisor, 'service:quarantined')
      const context = { service_id: 'tampering', data: { n: 0, change: 'Array.prototype.push' } }
      const codes: string[] = []
      for (let times = 0; times < 8; times++) {
        const outcome = (await supervisor.executeMany([context]))[0]!
        codes.push(outcome.ok ? 'ok' : outcome.error.code)
      }
      expect((await quarantined).serviceId).toBe('tampering')
      // Those that ran returned before anything was found.
      expect(codes.slice(0, 4)).toEqual(['ok', 'ok', 'ok', 'ok'])
      expect(codes.at(-1)).toBe('SERVICE_UNAVAILABLE')
    })
  })

  test('when it is loaded for its first context: that one has its value, and the thread is replaced', async () => {
    await withTail(withBudget({ class: 'TamperingAtLoad' }), { workers: 1 }, async (supervisor) => {
      const exited = nextEvent(supervisor, 'worker:exited')
      expect(await supervisor.execute({ service_id: 'tampering' })).toEqual({ threadId: expect.any(Number) })
      expect((await exited).reason).toBe('Array.prototype.push was changed')
    })
  })

  test('when it is preloaded: nothing is started', async () => {
    await inCleanProcess(async () => {
      const config = withBudget({ class: 'TamperingAtLoad', preload: true })
      const start = Supervisor.start(config, { root: 'test/fixtures', logLevel: 'silent' })
      await expect(start).rejects.toMatchObject({ code: 'WORKER_CRASHED', outcome: 'not_started' })
    })
  })
})
