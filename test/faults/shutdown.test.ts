import { resolve } from 'node:path'
import { type CloseReport, type Context, type StartOptions, type Stats, Supervisor } from 'troupe'
import { describe, expect, test } from 'vitest'
import { failureOf } from '../fixtures/supervised.ts'
import { inCleanProcess } from './clean-process.ts'
import { nextEvent } from './next-event.ts'

const root = resolve('test/fixtures/shutdown')
const module = './shutdown.mjs'
const services = Object.fromEntries(['Slow', 'Spin', 'Polite', 'Crash'].map((name) => [name, { module, class: name }]))
const options: StartOptions = { root, workers: 2, logLevel: 'silent' }
const clean = { cutOff: { waiting: 0, running: 0 }, errors: [], zombies: 0 }
const slow = (count: number, ms = 20): Context[] =>
  Array.from({ length: count }, () => ({ service_id: 'Slow', data: { ms } }))

/**
 * The tail of a row that ends its supervisor: whatever was accepted has settled once, the counts add up, nothing more is
 * taken, another supervisor of this process works, and nothing is left of either.
 */
async function closing(
  config: object,
  row: (supervisor: Supervisor) => Promise<void>,
  given: StartOptions = options,
): Promise<void> {
  await inCleanProcess(async () => {
    const supervisor = await Supervisor.start(config, given)
    const accepted: string[] = []
    const settled: string[] = []
    supervisor.on('context:accepted', ({ requestId }) => accepted.push(requestId))
    supervisor.on('context:settled', ({ requestId }) => settled.push(requestId))
    try {
      await row(supervisor)
    } finally {
      await supervisor.close({ timeoutMs: 0 })
    }
    expect(settled.toSorted()).toEqual(accepted.toSorted())
    expectSettled(supervisor.stats())
    for (const { workers } of Object.values(supervisor.stats().pools)) expect(workers).toBe(0)
    const refused = await failureOf(supervisor.execute({ service_id: 'Slow' }))
    expect(refused).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'not_started' })
    const next = await Supervisor.start({ services }, options)
    expect(await next.execute(slow(1)[0]!)).toMatchObject({ done: true })
    expect(await next.close()).toEqual(clean)
  })
}

function expectSettled(stats: Stats): void {
  expect(stats.accepted).toBe(stats.ok + stats.failed + stats.timedOut + stats.cancelled)
  for (const { waiting, running } of Object.values(stats.services))
    expect({ waiting, running }).toEqual({ waiting: 0, running: 0 })
}

/** Begins an execution and resolves once it runs. */
async function begin(supervisor: Supervisor, context: Context): Promise<{ readonly ended: Promise<unknown> }> {
  let ended: Promise<unknown> = Promise.resolve()
  await new Promise<void>((running) => {
    ended = supervisor.execute(context, { onProgress: () => running() })
    ended.catch(() => {})
  })
  return { ended }
}

describe('S01 close with 10 running and 100 queued', () => {
  test('lets all of them end', async () => {
    await closing(
      { services },
      async (supervisor) => {
        const outcomes = supervisor.executeMany(slow(110))
        await nextEvent(supervisor, 'context:settled')
        expect(await supervisor.close()).toEqual(clean)
        expect((await outcomes).every(({ ok }) => ok)).toBe(true)
        expect(supervisor.stats()).toMatchObject({ accepted: 110, ok: 110 })
      },
      { ...options, workers: 10 },
    )
  })

  test('settles at its limit what has not ended, and says how many', async () => {
    await closing({ services }, async (supervisor) => {
      const outcomes = supervisor.executeMany(slow(110, 300))
      const { cutOff, zombies } = await supervisor.close({ timeoutMs: 450 })
      const errors = (await outcomes).flatMap((outcome) => (outcome.ok ? [] : [outcome.error]))
      expect(zombies).toBe(0)
      expect(cutOff.waiting + cutOff.running).toBe(errors.length)
      expect(errors.filter(({ outcome }) => outcome === 'unknown')).toHaveLength(cutOff.running)
      expect(cutOff.waiting).toBeGreaterThan(90)
      expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['SHUTTING_DOWN']))
    })
  })
})

describe('S02 what comes during close and after it', () => {
  test('is refused, whatever way it comes', async () => {
    await closing({ services }, async (supervisor) => {
      const { ended } = await begin(supervisor, slow(1, 200)[0]!)
      const closed = supervisor.close()
      const refusal = { code: 'SHUTTING_DOWN', outcome: 'not_started' }
      for (const when of ['during', 'after']) {
        expect(await failureOf(supervisor.execute(slow(1)[0]!)), when).toMatchObject(refusal)
        expect(await supervisor.executeMany(slow(2)), when).toMatchObject([{ error: refusal }, { error: refusal }])
        expect(await failureOf(supervisor.reload()), when).toMatchObject(refusal)
        expect(await failureOf(supervisor.share('name', 1)), when).toMatchObject(refusal)
        if (when === 'during') expect(await ended).toMatchObject({ done: true })
        await closed
      }
    })
  })
})

describe('S03 a close limit that is exceeded', () => {
  test('by endless code kills it soon after', async () => {
    await closing({ services }, async (supervisor) => {
      const { ended } = await begin(supervisor, { service_id: 'Spin' })
      const before = performance.now()
      const report = await supervisor.close({ timeoutMs: 100 })
      expect(performance.now() - before).toBeLessThan(5_000)
      expect(report).toEqual({ ...clean, cutOff: { waiting: 0, running: 1 } })
      expect(await failureOf(ended)).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'unknown' })
    })
  })

  test('by code that heeds its signal lets it end by itself', async () => {
    const exits: string[] = []
    const memory = new SharedArrayBuffer(4)
    // Threads have 400 ms to end by themselves: where the machine stood still for so long, what came of it says nothing.
    for (let tries = 0, isTold = false; !isTold && tries < 3; tries++) {
      exits.length = 0
      new Int32Array(memory).fill(0)
      await closing({ services }, async (supervisor) => {
        const { ended } = await begin(supervisor, { service_id: 'Polite', data: { ended: memory } })
        supervisor.on('worker:exited', ({ reason }) => exits.push(reason))
        const before = performance.now()
        expect(await supervisor.close({ timeoutMs: 50 })).toMatchObject({ cutOff: { waiting: 0, running: 1 } })
        isTold = performance.now() - before < 450
        expect(await failureOf(ended)).toMatchObject({ code: 'SHUTTING_DOWN' })
      })
    }
    expect(new Int32Array(memory)[0]).toBe(1)
    expect(exits).toEqual(['drained', 'drained'])
  })
})

describe('S04 close', () => {
  test('asked for three times is one promise', async () => {
    await closing({ services }, async (supervisor) => {
      const closed = supervisor.close()
      expect(supervisor.close({ timeoutMs: 1 })).toBe(closed)
      expect(supervisor.close()).toBe(closed)
      expect(await closed).toEqual(clean)
    })
  })

  test.each(['before it', 'during it'] as const)('by the signal of start, %s, leaves nothing', async (when) => {
    await inCleanProcess(async () => {
      const controller = new AbortController()
      if (when === 'before it') controller.abort()
      const start = Supervisor.start({ services }, { ...options, signal: controller.signal })
      if (when === 'during it') await new Promise<void>((spawned) => void process.once('worker', () => spawned()))
      controller.abort(new Error('not needed'))
      expect(await failureOf(start)).toMatchObject({ code: 'CANCELLED', outcome: 'not_started' })
    })
  })
})

describe('S05 close while workers crash', () => {
  test('starts no worker any more', async () => {
    const config = { pools: { default: { workers: 4, max_restarts: 1_000 } }, services }
    await closing(
      config,
      async (supervisor) => {
        const crashing = supervisor.executeMany(Array.from({ length: 200 }, () => ({ service_id: 'Crash' })))
        await nextEvent(supervisor, 'worker:exited')
        const report = await supervisor.close({ timeoutMs: 0 })
        expect(report.zombies).toBe(0)
        const started: number[] = []
        supervisor.on('worker:started', ({ worker }) => started.push(worker))
        for (const outcome of await crashing) expect(outcome.ok).toBe(false)
        expect(started).toEqual([])
      },
      { root, logLevel: 'silent' },
    )
  })
})

describe('S06 dispose()', () => {
  test.each([
    ['throws', [/^dispose\(\) of Disposed of service bad failed: cannot let go$/]],
    ['hangs', [/^dispose\(\) of Disposed of service bad failed: it had not ended after 2000 ms$/]],
    ['spins', [/^Worker 1 of pool default was killed while it disposed of its components$/]],
  ] as const)('that %s is reported and keeps no other worker from its own', async (dispose, messages) => {
    const config = { module, class: 'Disposed' }
    const disposing = {
      Slow: services['Slow'],
      // Disposed of after `bad`, which came later.
      first: { ...config, config: { dispose: 'fine' } },
      bad: { ...config, config: { dispose } },
      elsewhere: { ...config, config: { dispose: 'fine' }, pool: 'other' },
    }
    const pools = { default: { workers: 1 }, other: { workers: 1 } }
    await closing(
      { pools, services: disposing },
      async (supervisor) => {
        const counters = ['first', 'bad', 'elsewhere'].map((id) => [id, new SharedArrayBuffer(4)] as const)
        for (const [service_id, counter] of counters) await supervisor.execute({ service_id, data: { counter } })
        const { errors, zombies } = await supervisor.close({ timeoutMs: dispose === 'spins' ? 2_000 : 5_000 })
        expect(zombies).toBe(0)
        expect(errors.map(({ message }) => message)).toEqual(
          messages.map((pattern) => expect.stringMatching(pattern) as string),
        )
        const disposed = counters.flatMap(([id, counter]) => (new Int32Array(counter)[0] === 1 ? [id] : []))
        expect(disposed).toEqual(dispose === 'spins' ? ['bad', 'elsewhere'] : ['first', 'bad', 'elsewhere'])
      },
      { root, logLevel: 'silent' },
    )
  })
})

describe('S13 cycles of start and close', () => {
  test.each([
    ['inline', 'inline', 200],
    // Some hundred milliseconds each; `npm run soak` goes through all of them.
    ['threads', 'threads', 30],
  ] as const)('on %s leave nothing', { timeout: 120_000 }, async (_engine, engine, cycles) => {
    let report: CloseReport | undefined
    await inCleanProcess(async () => {
      for (let cycle = 0; cycle < cycles; cycle++) {
        const supervisor = await Supervisor.start({ services }, { root, workers: 1, engine, logLevel: 'silent' })
        if (cycle % 20 === 0) await supervisor.executeMany(slow(2, 1))
        report = await supervisor.close()
        expect(report).toEqual(clean)
      }
    })
    expect(report).toEqual(clean)
  })
})
