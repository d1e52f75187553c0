import { describe, expect, test } from 'vitest'
import type { Supervisor } from 'troupe'
import { batch, errorOf, valueOf } from './batches.ts'
import { nextEvent } from './next-event.ts'
import { withTail } from './tail.ts'

const pooled = (pool: string, more: object = {}) => ({
  module: './pooled.mjs',
  class: 'Pooled',
  config: {},
  pool,
  ...more,
})
const act = (service: string, name: string, data: object = {}) => ({
  service_id: service,
  data: { act: name, ...data },
})

interface Surroundings {
  readonly env: Readonly<Record<string, string>>
  readonly execArgv: readonly string[]
  readonly resourceLimits: object
}

async function surroundings(supervisor: Supervisor, service: string): Promise<Surroundings> {
  return (await supervisor.execute(act(service, 'surroundings'))) as Surroundings
}

describe('the threads of a pool', () => {
  test('see of the environment what their pool allows, and the others see all', async () => {
    process.env['TROUPE_TEST_SECRET'] = 'secret'
    process.env['TROUPE_TEST_PUBLIC'] = 'public'
    const pools = {
      bare: { workers: 1, env: [] },
      some: { workers: 1, env: ['TROUPE_TEST_PUBLIC', 'TROUPE_TEST_ABSENT', 'toString'] },
    }
    const services = { bare: pooled('bare'), some: pooled('some'), rest: pooled('default') }
    try {
      await withTail({ pools, services }, { workers: 1 }, async (supervisor) => {
        expect((await surroundings(supervisor, 'bare')).env).toEqual({})
        expect((await surroundings(supervisor, 'some')).env).toEqual({ TROUPE_TEST_PUBLIC: 'public' })
        expect((await surroundings(supervisor, 'rest')).env).toMatchObject({ TROUPE_TEST_SECRET: 'secret' })
        expect(process.env['TROUPE_TEST_SECRET']).toBe('secret')
      })
    } finally {
      delete process.env['TROUPE_TEST_SECRET']
      delete process.env['TROUPE_TEST_PUBLIC']
    }
  })

  test('load a component in TypeScript without any environment', async () => {
    const services = { plain: { module: './components/plain.ts', class: 'FromTs', pool: 'bare', preload: true } }
    await withTail({ pools: { bare: { workers: 1, env: [] } }, services }, { workers: 1 }, async (supervisor) => {
      expect(await supervisor.execute({ service_id: 'plain' })).toEqual({ from: 'ts' })
    })
  })

  test('get the flags and the memory limits of their pool, those in their place too', async () => {
    const limits = { max_old_generation_size_mb: 64, max_young_generation_size_mb: 8, stack_size_mb: 2 }
    const pools = { own: { workers: 1, exec_argv: ['--no-warnings', '--conditions=own'], resource_limits: limits } }
    const expected = {
      execArgv: ['--no-warnings', '--conditions=own'],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 2 },
    }
    await withTail({ pools, services: { own: pooled('own') } }, { workers: 1 }, async (supervisor) => {
      expect(await surroundings(supervisor, 'own')).toMatchObject(expected)
      const restarted = nextEvent(supervisor, 'worker:restarted')
      await expect(supervisor.execute(act('own', 'exit'))).rejects.toMatchObject({ code: 'WORKER_CRASHED' })
      await restarted
      expect(await surroundings(supervisor, 'own')).toMatchObject(expected)
    })
  })
})

describe('a pool is a bulkhead:', () => {
  const pools = { rough: { workers: 2, max_restarts: 3, within_ms: 60_000 }, calm: { workers: 1 } }
  const CALM = 200

  /** What contexts that run one after another in the calm pool come to while `trouble` lasts. */
  async function calmDuring(supervisor: Supervisor, trouble: Promise<unknown>) {
    let over = false
    void trouble.finally(() => (over = true))
    const threads = new Set<number>()
    const took: number[] = []
    // Of those that ended before the trouble did.
    let meanwhile = 0
    while (!over || took.length < CALM) {
      const began = performance.now()
      const value = valueOf<{ threadId: number }>((await supervisor.executeMany(batch('calm', 1)))[0])
      threads.add(value.threadId)
      took.push(performance.now() - began)
      if (!over) meanwhile++
    }
    return { threads, meanwhile, took: took.toSorted((a, b) => a - b) }
  }

  test.each([
    ['crashes', 'exit', 'WORKER_CRASHED', {}],
    ['hangs', 'spin', 'TIMEOUT', { timeout_ms: 200, grace_ms: 20 }],
    ['waits for ever', 'never', 'TIMEOUT', { timeout_ms: 200, grace_ms: 20 }],
    ['fills its heap', 'fillHeap', 'WORKER_CRASHED', {}],
  ])('a service that %s disturbs none on another pool', async (_what, fault, code, limits) => {
    const rough = { ...pools.rough, resource_limits: { max_old_generation_size_mb: 32 } }
    const services = { rough: pooled('rough', limits), beside: pooled('rough'), calm: pooled('calm') }
    await withTail({ pools: { ...pools, rough }, services }, { workers: 1 }, async (supervisor) => {
      const trouble = supervisor.executeMany(Array.from({ length: 8 }, () => act('rough', fault)))
      const { threads, meanwhile, took } = await calmDuring(supervisor, trouble)
      const codes = new Set((await trouble).map((outcome) => errorOf(outcome).code))
      expect(codes).toContain(code)
      expect(threads.size).toBe(1)
      expect(supervisor.stats().pools['calm']).toMatchObject({ workers: 1, restarts: 0 })
      expect(supervisor.stats().services['calm']).toMatchObject({ failed: 0, timedOut: 0 })
      // Of a machine that others use too, little can be asked but that nothing waited for the trouble to end.
      expect(meanwhile).toBeGreaterThanOrEqual(20)
      expect(took[Math.floor(took.length * 0.9)]).toBeLessThan(200)
    })
  })

  test('one pool that is full keeps nobody else from being taken', async () => {
    const services = { rough: pooled('rough', { mailbox: 4 }), calm: pooled('calm') }
    await withTail({ pools, services }, { workers: 1 }, async (supervisor) => {
      const controller = new AbortController()
      const contexts = Array.from({ length: 40 }, () => act('rough', 'never'))
      const rough = contexts.map((context) => supervisor.execute(context, { signal: controller.signal }))
      const settled = Promise.allSettled(rough)
      const outcomes = await supervisor.executeMany(batch('calm', CALM))
      expect(outcomes.every(({ ok }) => ok)).toBe(true)
      controller.abort()
      const codes = (await settled).map((one) =>
        one.status === 'rejected' ? (one.reason as { code: string }).code : '',
      )
      expect(new Set(codes)).toEqual(new Set(['MAILBOX_FULL', 'CANCELLED']))
    })
  })
})
