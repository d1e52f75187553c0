import { rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventMap, Supervisor } from 'troupe'
import { batch, errorOf, valueOf } from './batches.ts'
import { followThreads } from './followed-threads.ts'
import { Ledger } from './ledger.ts'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

interface Ran {
  readonly n: number
  readonly seen: number
  readonly threadId: number
}

let ledger: Ledger
const threads = followThreads()

beforeEach(() => void (ledger = new Ledger()))
afterEach(() => ledger.remove())

// In a pool of its own, so that no control context counts.
const pooled = () => ({
  pooled: { module: './pooled.mjs', class: 'Pooled', config: { ledger: ledger.path }, pool: 'own' },
})

/** Runs a row with a pool `own` of these options, and follows how many workers it has. */
async function withPool(options: object, row: (supervisor: Supervisor, history: History) => Promise<void>) {
  const history = new History()
  await withTail({ pools: { own: options }, services: pooled() }, { workers: 1 }, async (supervisor) => {
    history.follow(supervisor)
    await row(supervisor, history)
  })
}

/** The workers of the pool `own`, by what events tell. */
class History {
  readonly started: EventMap['worker:started'][] = []
  readonly exited: EventMap['worker:exited'][] = []
  readonly sizes = new Set<number>()
  most = 0
  #supervisor: Supervisor | undefined

  follow(supervisor: Supervisor): void {
    this.#supervisor = supervisor
    const live = new Set(Array.from({ length: supervisor.stats().pools['own']!.workers }, (_, index) => index + 1))
    supervisor.on('worker:started', (event) => {
      if (event.pool !== 'own') return
      expect(live.has(event.worker), 'a number that is taken').toBe(false)
      live.add(event.worker)
      this.most = Math.max(this.most, live.size)
      this.started.push(event)
      this.look()
    })
    supervisor.on('worker:exited', (event) => {
      if (event.pool !== 'own') return
      live.delete(event.worker)
      this.exited.push(event)
      this.look()
    })
    supervisor.on('context:settled', () => this.look())
  }

  look(): void {
    this.sizes.add(this.#supervisor!.stats().pools['own']!.workers)
  }
}

const values = (outcomes: Awaited<ReturnType<Supervisor['executeMany']>>) =>
  outcomes.map((outcome) => valueOf<Ran>(outcome))

function byThread(ran: readonly Ran[]): number[] {
  const counts = new Map<number, number>()
  for (const { threadId } of ran) counts.set(threadId, (counts.get(threadId) ?? 0) + 1)
  return [...counts.values()]
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => n)
const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b)

/** Resolves once so many workers of the pool have been replaced and have gone. */
async function recycledBy(supervisor: Supervisor, count: number, history: History): Promise<void> {
  const gone = () => history.exited.filter(({ reason }) => reason === 'recycled').length
  while (supervisor.stats().pools['own']!.recycled < count || gone() < count)
    await nextEvent(supervisor, 'worker:exited', ({ pool }) => pool === 'own')
}

describe('K22 recycle_after: 1', () => {
  test.each([1, 3])('gives each context a fresh thread, on %d workers', async (workers) => {
    await withPool({ workers, recycle_after: 1 }, async (supervisor, history) => {
      const ran = values(await supervisor.executeMany(batch('pooled', 12)))
      expect(ran.map(({ n, seen }) => ({ n, seen }))).toEqual(numbered(12).map((n) => ({ n, seen: 1 })))
      expect(byThread(ran)).toEqual(numbered(12).map(() => 1))
      // Those behind the last contexts are replaced too.
      await recycledBy(supervisor, 12, history)
      expect(supervisor.stats().pools['own']).toEqual({ workers, restarts: 0, recycled: 12, zombies: 0 })
      expect(sorted(ledger.started)).toEqual(numbered(12))
      expect([...history.sizes]).toEqual([workers])
      expect(history.most).toBeLessThanOrEqual(workers + 1)
    })
  })
})

describe('W10 a worker that has run as many contexts as it may', () => {
  test('is replaced between contexts: it is disposed of, nothing is lost, and nothing counts as a crash', async () => {
    await withPool({ workers: 1, recycle_after: 25, max_restarts: 0 }, async (supervisor, history) => {
      const ran = values(await supervisor.executeMany(batch('pooled', 500)))
      expect(ran.map(({ n }) => n)).toEqual(numbered(500))
      // One that has run its part while the one before it is still ending goes on.
      const counts = byThread(ran)
      for (const count of counts.slice(0, -1)) expect(count).toBeGreaterThanOrEqual(25)
      for (const count of counts) expect(count).toBeLessThan(50)
      const old = counts.filter((count) => count >= 25).length
      await recycledBy(supervisor, old, history)
      expect(supervisor.stats().pools['own']).toEqual({ workers: 1, restarts: 0, recycled: old, zombies: 0 })
      expect(history.started.every(({ reason }) => reason === 'recycled')).toBe(true)
      expect(history.exited.every(({ reason }) => reason === 'recycled')).toBe(true)
      expect([...history.sizes]).toEqual([1])
      expect(history.most).toBe(2)
    })
    const { entries } = ledger
    expect(ledger.started).toEqual(numbered(500))
    // Each thread is disposed of once, after all that it ran.
    for (const threadId of new Set(entries.map((entry) => entry.threadId))) {
      const own = entries.filter((entry) => entry.threadId === threadId).map(({ event }): string => event)
      expect(own.indexOf('disposed')).toBe(own.length - 1)
    }
  })

  test('leaves the others to work: one at a time goes, and none runs twice as many', async () => {
    await withPool({ workers: 3, recycle_after: 40 }, async (supervisor, history) => {
      const ran = values(await supervisor.executeMany(batch('pooled', 1_500)))
      expect(ran.map(({ n }) => n)).toEqual(numbered(1_500))
      for (const count of byThread(ran)) expect(count).toBeLessThan(80)
      expect(sorted(ledger.started)).toEqual(numbered(1_500))
      expect([...history.sizes]).toEqual([3])
      expect(history.most).toBe(4)
      const { recycled, restarts } = supervisor.stats().pools['own']!
      expect(restarts).toBe(0)
      expect(recycled).toBeGreaterThanOrEqual(Math.ceil(1_500 / 79) - 3)
    })
  })

  test('is not replaced while a context of it runs', async () => {
    await withPool({ workers: 1, recycle_after: 2 }, async (supervisor, history) => {
      await supervisor.execute({ service_id: 'pooled', data: { n: 0 } })
      const slow = supervisor.execute({ service_id: 'pooled', data: { n: 1, act: 'wait', ms: 300 } })
      const next = supervisor.execute({ service_id: 'pooled', data: { n: 2 } })
      await slow
      expect(history.started).toEqual([])
      expect(((await next) as Ran).seen).toBe(1)
      expect(history.started).toHaveLength(1)
    })
  })

  test('counts what it ran, and nothing that was cancelled before it started', async () => {
    await withPool({ workers: 1, recycle_after: 10 }, async (supervisor) => {
      const controller = new AbortController()
      const running = nextEvent(supervisor, 'context:accepted')
      const first = supervisor.execute({ service_id: 'pooled', data: { n: 0, act: 'wait', ms: 100 } })
      await running
      const cancelled = supervisor.executeMany(batch('pooled', 50), { signal: controller.signal })
      controller.abort()
      expect((await cancelled).map((outcome) => errorOf(outcome).code)).toEqual(numbered(50).map(() => 'CANCELLED'))
      const { threadId } = (await first) as Ran
      const ran = values(await supervisor.executeMany(batch('pooled', 9)))
      expect(new Set(ran.map((one) => one.threadId))).toEqual(new Set([threadId]))
    })
  })

  test('keeps its place for as long as no other can be opened, and is replaced by the first that can', async () => {
    // A module that the threads are to load and that is taken away for a while.
    const pools = { own: { workers: 1, recycle_after: 10, exec_argv: ['--require', `${ledger.path}.cjs`] } }
    writeFileSync(`${ledger.path}.cjs`, '')
    await withTail({ pools, services: pooled() }, { workers: 1 }, async (supervisor) => {
      const { threadId } = (await supervisor.execute({ service_id: 'pooled', data: { n: 0 } })) as Ran
      rmSync(`${ledger.path}.cjs`)
      const before = values(await supervisor.executeMany(batch('pooled', 18)))
      expect(new Set(before.map((ran) => ran.threadId))).toEqual(new Set([threadId]))
      const waiting = supervisor.executeMany(batch('pooled', 10))
      writeFileSync(`${ledger.path}.cjs`, '')
      const after = values(await waiting)
      expect(new Set(after.map((ran) => ran.threadId)).size).toBe(1)
      expect(after[0]!.threadId).not.toBe(threadId)
      expect(supervisor.stats().pools['own']).toMatchObject({ workers: 1, restarts: 0 })
    })
  })
})

describe('recycle_at_mb', () => {
  test('replaces a worker that keeps memory outside its heap, and loses nothing', async () => {
    await withPool({ workers: 1, recycle_at_mb: 100 }, async (supervisor, history) => {
      const ran: Ran[] = []
      for (let n = 0; n < 24; n++) {
        ran.push((await supervisor.execute({ service_id: 'pooled', data: { n, act: 'keep', mb: 16 } })) as Ran)
        await supervisor.execute({ service_id: 'pooled', data: { n: -1, act: 'wait', ms: 60 } })
      }
      expect(ran.map(({ n }) => n)).toEqual(numbered(24))
      // With 16 MiB a context, each thread sees six of them, or seven where its report comes after the next was sent.
      const kept = byThread(ran)
      expect(kept.length).toBeGreaterThanOrEqual(3)
      for (const count of kept) expect(count).toBeLessThanOrEqual(8)
      expect(supervisor.stats().pools['own']).toMatchObject({ workers: 1, restarts: 0 })
      expect(history.exited.every(({ reason }) => reason === 'recycled')).toBe(true)
    })
  }, 30_000)

  test('leaves a worker alone that keeps nothing', async () => {
    await withPool({ workers: 1, recycle_at_mb: 100 }, async (supervisor) => {
      for (let round = 0; round < 5; round++) {
        await supervisor.executeMany(batch('pooled', 200))
        await supervisor.execute({ service_id: 'pooled', data: { n: -1, act: 'wait', ms: 60 } })
      }
      expect(supervisor.stats().pools['own']).toMatchObject({ recycled: 0, restarts: 0 })
    })
  })
})

describe('W09 a worker that crashes while it is being recycled', () => {
  test.each([1, 2])('is not replaced twice, on %d workers', async (workers) => {
    await withPool({ workers, recycle_after: 1 }, async (supervisor, history) => {
      const replaced = (one: Supervisor) => {
        const { restarts, recycled } = one.stats().pools['own']!
        return restarts + recycled
      }
      // It is idle and another is being opened in its place: nothing but its context has ended so far.
      const own = threads.length
      for (let round = 0; round < 5; round++) {
        const { threadId } = (await supervisor.execute({ service_id: 'pooled', data: { n: round } })) as Ran
        const exitCode = await threads.find((thread) => thread.threadId === threadId)!.terminate()
        expect(exitCode).toBe(1)
      }
      const ran = values(await supervisor.executeMany(batch('pooled', 6)))
      expect(new Set(ran.map(({ seen }) => seen))).toEqual(new Set([1]))
      while (replaced(supervisor) < 11) await nextEvent(supervisor, 'worker:started')
      const { restarts, recycled } = supervisor.stats().pools['own']!
      expect(supervisor.stats().pools['own']!.workers).toBe(workers)
      // Each thread that went has one in its place, and no more.
      expect(restarts + recycled).toBe(11)
      // Where there is one alone it is its turn at once; of several, one that waits for its turn is restarted.
      if (workers === 1) expect(restarts).toBe(0)
      expect(threads.length - own).toBe(11)
      expect([...history.sizes].every((size) => size <= workers)).toBe(true)
      expect(history.most).toBeLessThanOrEqual(workers + 1)
    })
  })

  test('while no other can be opened is replaced by the first that can', async () => {
    const file = `${ledger.path}.cjs`
    writeFileSync(file, '')
    const options = { workers: 1, recycle_after: 1, exec_argv: ['--require', file] }
    await withPool(options, async (supervisor, history) => {
      rmSync(file)
      const { threadId } = (await supervisor.execute({ service_id: 'pooled', data: { n: 0 } })) as Ran
      await threads.find((thread) => thread.threadId === threadId)!.terminate()
      const waiting = supervisor.executeMany(batch('pooled', 2))
      // At least one more that fails.
      const made = threads.length
      while (threads.length <= made) await new Promise((resolve) => setImmediate(resolve))
      writeFileSync(file, '')
      expect(values(await waiting).map(({ seen }) => seen)).toEqual([1, 1])
      await recycledBy(supervisor, 2, history)
      expect(supervisor.stats().pools['own']).toMatchObject({ workers: 1, zombies: 0 })
      expect(history.most).toBe(2)
    })
  })

  test('in its last context costs that context, and counts as a crash', async () => {
    await withPool({ workers: 1, recycle_after: 1, max_restarts: 2, within_ms: 60_000 }, async (supervisor) => {
      const quarantined = nextEvent(supervisor, 'service:quarantined')
      const contexts = Array.from({ length: 3 }, (_, n) => ({ service_id: 'pooled', data: { n, act: 'exit' } }))
      for (const outcome of await supervisor.executeMany(contexts))
        expect(errorOf(outcome)).toMatchObject({ code: 'WORKER_CRASHED', outcome: 'unknown' })
      expect(await quarantined).toMatchObject({ serviceId: 'pooled' })
      expect(supervisor.stats().pools['own']!.recycled).toBe(0)
    })
  })

  test('over its limit is killed and replaced once', async () => {
    await withPool({ workers: 1, recycle_after: 1 }, async (supervisor, history) => {
      const context = { service_id: 'pooled', data: { n: 0, act: 'spin' } }
      await expect(supervisor.execute(context, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' })
      expect(((await supervisor.execute({ service_id: 'pooled', data: { n: 1 } })) as Ran).seen).toBe(1)
      await recycledBy(supervisor, 1, history)
      expect(history.started.map(({ reason }) => reason)).toEqual(['restarted', 'recycled'])
      expect(supervisor.stats().pools['own']).toEqual({ workers: 1, restarts: 1, recycled: 1, zombies: 0 })
    })
  })
})

test('close() in the midst of recycling ends, and leaves nothing', async () => {
  for (let round = 0; round < 5; round++) {
    await withPool({ workers: 2, recycle_after: 1 }, async (supervisor) => {
      // The tail closes as soon as its controls have settled, while workers of this pool are being replaced.
      await supervisor.executeMany(batch('pooled', 2))
    })
  }
})
