import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Context, Supervisor } from 'troupe'
import { Gate, holdLane } from '../fixtures/gate.ts'
import { Ledger } from '../fixtures/ledger.mjs'
import { nextEvent } from './next-event.ts'
import { type TailConfig, withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => void (ledger = Ledger.make()))
afterEach(() => ledger.remove())

function config(more: object = {}): TailConfig {
  const probe = { module: './probe.mjs', class: 'Probe', config: { ledger: ledger.file } }
  return { services: { probe: { ...probe, ...more }, holder: probe, echo: { module: './probe.mjs', class: 'Echo' } } }
}

function probing(request_id: string, act: string, more: object = {}): Context {
  return { service_id: 'probe', request_id, data: { act, ...more } }
}

function started(request: string): boolean {
  return ledger.entries(request).some(({ what }) => what.endsWith('.start'))
}

function submitMany(supervisor: Supervisor, count: number, signal?: AbortSignal) {
  const contexts = Array.from({ length: count }, (_, data) => ({ service_id: 'echo', request_id: `r-${data}`, data }))
  return Promise.allSettled(contexts.map((context) => supervisor.execute(context, signal ? { signal } : {})))
}

describe.each(['threads', 'inline'] as const)('on %s', (engine) => {
  const options = { workers: 1, engine }

  test('M10 a full mailbox refuses at once, and what it took is run', async () => {
    const services = { echo: { module: './probe.mjs', class: 'Echo', mailbox: 10 } }
    await withTail({ services }, options, async (supervisor) => {
      const settled = await submitMany(supervisor, 1_000)
      const refused = settled.filter((one) => one.status === 'rejected')
      expect(refused).toHaveLength(990)
      for (const { reason } of refused) {
        expect(reason).toMatchObject({
          code: 'MAILBOX_FULL',
          outcome: 'not_started',
          retryable: true,
          serviceId: 'echo',
          details: { capacity: 10 },
        })
      }
      expect(settled.slice(0, 10).map((one) => one.status)).toEqual(Array(10).fill('fulfilled'))
      expect(supervisor.stats().services['echo']).toMatchObject({ accepted: 10, ok: 10 })
      const contexts = Array.from({ length: 1_000 }, (_, data) => ({ service_id: 'echo', data }))
      const outcomes = await supervisor.executeMany(contexts)
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1_000)
    })
  })

  test.each([
    ['its own', {}, { deadlineMs: 60 }],
    ["its service's", { deadline_ms: 60 }, {}],
  ])('M12 a context that waits beyond %s deadline_ms never runs', async (_name, more, limit) => {
    await withTail(config(more), options, async (supervisor) => {
      const { gate, held } = await holdLane(supervisor, 'holder')
      await expect(supervisor.execute(probing('waits', 'echo'), limit)).rejects.toMatchObject({
        code: 'TIMEOUT',
        outcome: 'not_started',
        requestId: 'waits',
      })
      gate.open()
      await held
    })
    expect(started('waits')).toBe(false)
  })

  test('M12 waiting does not use up timeout_ms', async () => {
    await withTail(config({ timeout_ms: 60 }), options, async (supervisor) => {
      const { gate, held } = await holdLane(supervisor, 'holder')
      const waits = supervisor.execute(probing('waits', 'echo'))
      const other = supervisor.execute(probing('other', 'echo'), { deadlineMs: 200 })
      await expect(other).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'not_started' })
      gate.open()
      await held
      expect(await waits).toMatchObject({ request_id: 'waits' })
    })
    expect(started('other')).toBe(false)
  })

  test('M13 cancelled while it waits, a context never runs', async () => {
    await withTail(config(), options, async (supervisor) => {
      const { gate, held } = await holdLane(supervisor, 'holder')
      const abort = new AbortController()
      const waits = supervisor.execute(probing('waits', 'echo'), { signal: abort.signal })
      const others = submitMany(supervisor, 20)
      abort.abort()
      await expect(waits).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'not_started' })
      gate.open()
      await held
      expect((await others).map(({ status }) => status)).toEqual(Array(20).fill('fulfilled'))
    })
    expect(started('waits')).toBe(false)
  })

  test('M13 cancelled in a chunk that has left, a context never runs', async () => {
    const warmUp = Array.from({ length: 60 }, () => probing('warm', 'echo'))
    await withTail(config(), { ...options, warmUp }, async (supervisor) => {
      const abort = new AbortController()
      const gate = new Gate()
      // The first of a chunk holds it up; the progress it reports cancels the third, which travelled with it.
      const onProgress = () => (abort.abort(), gate.open())
      const first = supervisor.execute(probing('first', 'hold', { gate: gate.memory }), { onProgress })
      const second = supervisor.execute(probing('second', 'echo'))
      const third = supervisor.execute(probing('third', 'echo'), { signal: abort.signal })
      const fourth = supervisor.execute(probing('fourth', 'echo'))
      await expect(third).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'not_started' })
      expect(await first).toMatchObject({ held: true })
      expect(await second).toMatchObject({ request_id: 'second' })
      expect(await fourth).toMatchObject({ request_id: 'fourth' })
    })
    expect(started('third')).toBe(false)
  })

  test('M13 cancelled while it runs, a context may end by itself, and M09 its late reply is counted only', async () => {
    await withTail(config({ grace_ms: 5_000 }), options, async (supervisor) => {
      const abort = new AbortController()
      const late = supervisor.execute(probing('late', 'late'), {
        signal: abort.signal,
        onProgress: () => abort.abort(),
      })
      const others = submitMany(supervisor, 20)
      await expect(late).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'unknown' })
      expect((await others).map(({ status }) => status)).toEqual(Array(20).fill('fulfilled'))
      expect(supervisor.stats()).toMatchObject({ lateResults: 1, pools: { default: { restarts: 0 } } })
    })
    expect(ledger.entries('late').map(({ what }) => what)).toEqual(['probe.start', 'probe.aborted', 'probe.end'])
  })

  test('M13 cancelled while it runs and will not end, a context loses its lane', async () => {
    await withTail(config(), options, async (supervisor) => {
      const abort = new AbortController()
      const hung = supervisor.execute(probing('hung', 'hang'), {
        signal: abort.signal,
        onProgress: () => abort.abort(),
      })
      const others = submitMany(supervisor, 20)
      const restarted = nextEvent(supervisor, 'worker:restarted')
      await expect(hung).rejects.toMatchObject({ code: 'CANCELLED', outcome: 'unknown' })
      expect((await others).map(({ status }) => status)).toEqual(Array(20).fill('fulfilled'))
      await restarted
    })
  })

  test('M13 cancelled once it has ended, or before it was given, nothing runs or changes', async () => {
    await withTail(config(), options, async (supervisor) => {
      const abort = new AbortController()
      const { signal } = abort
      expect(await supervisor.execute(probing('ended', 'echo'), { signal })).toMatchObject({ request_id: 'ended' })
      expect(getEventListeners(signal, 'abort')).toEqual([])
      abort.abort()
      const { accepted } = supervisor.stats()
      const refused = { code: 'CANCELLED', outcome: 'not_started' }
      await expect(supervisor.execute(probing('never', 'echo'), { signal })).rejects.toMatchObject(refused)
      expect(supervisor.stats().accepted).toBe(accepted)
    })
    expect(started('never')).toBe(false)
  })

  test('M14 a thousand contexts follow one signal by one listener, and leave none', async () => {
    await withTail(config(), options, async (supervisor) => {
      const { gate, held } = await holdLane(supervisor, 'holder')
      const abort = new AbortController()
      const settled = submitMany(supervisor, 1_000, abort.signal)
      expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
      abort.abort()
      for (const one of await settled) {
        expect(one).toMatchObject({ status: 'rejected', reason: { code: 'CANCELLED', outcome: 'not_started' } })
      }
      expect(getEventListeners(abort.signal, 'abort')).toEqual([])
      gate.open()
      await held
    })
  })

  test('M17 a clock that is moved an hour changes no limit', async () => {
    const now = Date.now
    await withTail(config(), options, async (supervisor) => {
      try {
        for (const shift of [3_600_000, -3_600_000]) {
          Date.now = () => now() + shift
          const limits = { timeoutMs: 5_000, deadlineMs: 5_000 }
          const moved = supervisor.execute(probing('moved', 'clock', { shift, ms: 60 }), limits)
          const hung = supervisor.execute(probing('hung', 'hang'), { timeoutMs: 60 })
          expect(await moved).toEqual({ ran: true })
          await expect(hung).rejects.toMatchObject({ code: 'TIMEOUT' })
          const late = supervisor.execute(probing('late', 'hang'), { deadlineMs: 60 })
          await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' })
        }
      } finally {
        Date.now = now
      }
    })
  })
})

test('M16 of a chunk with several limits, the one that overruns its own ends alone', async () => {
  const warmUp = Array.from({ length: 60 }, () => probing('warm', 'echo'))
  await withTail(config(), { workers: 1, warmUp }, async (supervisor) => {
    const outcomes = await Promise.allSettled([
      supervisor.execute(probing('long-0', 'echo'), { timeoutMs: 10_000 }),
      supervisor.execute(probing('short', 'spin'), { timeoutMs: 10 }),
      ...[1, 2, 3].map((n) => supervisor.execute(probing(`long-${n}`, 'echo'), { timeoutMs: 10_000 })),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'TIMEOUT', outcome: 'unknown' } })
  })
  for (const request of ['long-0', 'short', 'long-1', 'long-2', 'long-3']) {
    expect(ledger.entries(request).filter(({ what }) => what === 'probe.start')).toHaveLength(1)
  }
})
