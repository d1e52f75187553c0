import type { BatchProgress } from 'troupe'
import { describe, expect, test } from 'vitest'
import { fixture, started } from '../fixtures/supervised.ts'

const root = fixture('batch')
const services = {
  work: { module: './batch.mjs', class: 'Work' },
  waits: { module: './batch.mjs', class: 'Waits' },
  narrow: { module: './batch.mjs', class: 'Work', mailbox: 3 },
}
const work = (n: number, more: object = {}) => ({ service_id: 'work', data: { n, ...more } })

describe('executeMany', () => {
  test('resolves with outcomes in input order, across services that take different times', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const contexts = Array.from({ length: 200 }, (_, n) =>
      n % 20 === 0 ? { service_id: 'waits', data: { n, ms: 20 - n / 20 } } : work(n),
    )
    const outcomes = await supervisor.executeMany(contexts)
    expect(outcomes.map((outcome) => outcome.ok && (outcome.value as { n: number }).n)).toEqual(
      contexts.map((_, n) => n),
    )
  })

  test('resolves with nothing for nothing', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    expect(await supervisor.executeMany([])).toEqual([])
  })

  test('a context that fails fails alone, whatever is wrong with it', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const outcomes = await supervisor.executeMany([
      work(0),
      work(1, { fail: true }),
      { service_id: 'nobody' },
      null as never,
      work(4, { callback: () => 1 }),
      { service_id: 'work', request_id: '' },
      { service_id: 'work' },
      work(7),
    ])
    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))).toEqual([
      'ok',
      'COMPONENT_FAILED',
      'SERVICE_NOT_FOUND',
      'CONTEXT_INVALID',
      'INPUT_NOT_SERIALIZABLE',
      'CONTEXT_INVALID',
      'COMPONENT_FAILED',
      'ok',
    ])
  })

  test('waits for room where a mailbox is full', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const contexts = Array.from({ length: 500 }, (_, n) => ({ service_id: 'narrow', data: { n } }))
    const outcomes = await supervisor.executeMany(contexts)
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    const single = await Promise.allSettled(contexts.map((context) => supervisor.execute(context)))
    const refused = single.filter((one) => one.status === 'rejected')
    expect(refused.length).toBeGreaterThan(400)
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'MAILBOX_FULL', outcome: 'not_started', retryable: true })
    }
  })

  test('a signal settles what is left as cancelled and keeps what was done', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const controller = new AbortController()
    const endless = Array.from({ length: 300 }, (_, n) => ({ service_id: 'waits', data: { n, ms: 100_000 } }))
    const outcomes = await supervisor.executeMany([work(0), work(1), ...endless], {
      signal: controller.signal,
      onProgress: ({ settled }) => settled > 0 && controller.abort(),
    })
    expect(outcomes).toHaveLength(302)
    expect(outcomes[0]).toMatchObject({ ok: true, value: { n: 0 } })
    for (const outcome of outcomes.slice(2)) {
      expect(outcome).toMatchObject({ ok: false, error: { code: 'CANCELLED' } })
    }
    expect(outcomes.filter((one) => !one.ok && one.error.outcome === 'unknown').length).toBeLessThanOrEqual(2)
    // The lanes are free again.
    expect(await supervisor.executeMany([work(1), work(2)])).toMatchObject([{ ok: true }, { ok: true }])
  })

  test('a signal that had aborted before cancels everything', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const outcomes = await supervisor.executeMany([work(0), work(1)], { signal: AbortSignal.abort() })
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ ok: false, error: { code: 'CANCELLED', outcome: 'not_started' } })
    }
  })

  test('onProgress rises to the total, and is told of failures', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    const seen: BatchProgress[] = []
    const contexts = Array.from({ length: 1000 }, (_, n) => work(n, { fail: n % 10 === 0 }))
    await supervisor.executeMany(contexts, { onProgress: (progress) => seen.push(progress) })
    expect(seen.at(-1)).toEqual({ settled: 1000, failed: 100, total: 1000 })
    const settled = seen.map((progress) => progress.settled)
    expect(settled).toEqual(settled.toSorted((a, b) => a - b))
    expect(new Set(settled).size).toBe(settled.length)
  })

  test.each([
    [{ length: 1 }, {}, 'array'],
    [[], { signal: {} }, 'AbortSignal'],
    [[], { onProgress: 'often' }, 'function'],
  ])('rejects %j with options %j as the mistake of its caller', async (contexts, options, named) => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const batch = supervisor.executeMany(contexts as never, options as never)
    await expect(batch).rejects.toThrow(TypeError)
    await expect(batch).rejects.toThrow(named)
  })
})
