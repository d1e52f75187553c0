import type { Context, Supervisor } from 'troupe'
import { describe, expect, test } from 'vitest'
import { failureOf, fixture, started } from '../fixtures/supervised.ts'

const root = fixture('promises')
const module = './counted.mjs'
const services = {
  // A limit that only endless code meets, and a short grace.
  counted: { module, class: 'Counted', timeout_ms: 500, grace_ms: 50 },
  lenient: { module, class: 'Counted', timeout_ms: 50, grace_ms: 60_000 },
  narrow: { module, class: 'Counted', mailbox: 5 },
}

/** Contexts that count their starts, and what to count them in; `act` says what a context does beside. */
function counting(count: number, act: (n: number) => string | undefined = () => undefined, service_id = 'counted') {
  const memory = new SharedArrayBuffer(4 * count)
  const contexts = Array.from({ length: count }, (_, n): Context => {
    return { service_id, data: { n, starts: new Int32Array(memory), act: act(n), ms: 200 } }
  })
  return { contexts, starts: new Int32Array(memory) }
}

/** Lets the supervisor learn that the service is quick, so that it sends many contexts at once. */
async function warmed(supervisor: Supervisor): Promise<void> {
  const outcomes = await supervisor.executeMany(counting(2_000).contexts)
  expect(outcomes.every(({ ok }) => ok)).toBe(true)
}

const bad: Readonly<Record<number, string>> = { 100: 'exit', 300: 'hang', 500: 'throw', 700: 'give a function' }

describe('promises', () => {
  test('a crash, a hang or a bad value costs only the context that caused it, and nothing starts twice', async () => {
    const supervisor = await started({ services }, { root, workers: 2 })
    await warmed(supervisor)
    const { contexts, starts } = counting(1_000, (n) => bad[n])
    const outcomes = await supervisor.executeMany(contexts)
    const failed = outcomes.flatMap((outcome, n) =>
      outcome.ok ? [] : [[n, outcome.error.code, outcome.error.outcome] as const],
    )
    expect(failed).toEqual([
      [100, 'WORKER_CRASHED', 'unknown'],
      [300, 'TIMEOUT', 'unknown'],
      [500, 'COMPONENT_FAILED', 'failed'],
      [700, 'RESULT_NOT_SERIALIZABLE', 'failed'],
    ])
    for (const [n, outcome] of outcomes.entries()) if (outcome.ok) expect(outcome.value).toEqual({ n })
    expect([...starts]).toEqual(contexts.map(() => 1))
  })

  test('with max_attempts: n a component starts at most n times, and one that was cut off once unless it is idempotent', async () => {
    const again = { module, class: 'Counted', timeout_ms: 500, grace_ms: 50, max_attempts: 3, backoff_ms: 10 }
    const config = {
      services: { again, idempotent: { ...again, idempotent: true } },
      pools: { default: { max_restarts: 100 } },
    }
    const supervisor = await started(config, { root, workers: 2 })
    const acts: Readonly<Record<number, string>> = { 10: 'exit', 20: 'throw', 30: 'give a function', 40: 'hang' }
    for (const [service, expected] of [
      ['again', { 10: 'WORKER_CRASHED 1', 20: 'COMPONENT_FAILED 3', 30: 'RESULT_NOT_SERIALIZABLE 1', 40: 'TIMEOUT 1' }],
      ['idempotent', { 10: 'POISON 2', 20: 'COMPONENT_FAILED 3', 30: 'RESULT_NOT_SERIALIZABLE 1', 40: 'TIMEOUT 3' }],
    ] as const) {
      const { contexts, starts } = counting(100, (n) => acts[n], service)
      const outcomes = await supervisor.executeMany(contexts)
      const ended = outcomes.flatMap((outcome, n) =>
        outcome.ok ? [] : [[n, `${outcome.error.code} ${starts[n]}`] as const],
      )
      expect(Object.fromEntries(ended)).toEqual(expected)
      for (const [n, outcome] of outcomes.entries()) if (outcome.ok) expect([n, starts[n]]).toEqual([n, 1])
    }
  })

  test('every accepted context settles once, and a late reply is counted and not delivered', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const settled: string[] = []
    supervisor.on('context:settled', ({ requestId }) => settled.push(requestId))
    const [late] = counting(1, () => 'come late', 'lenient').contexts
    // It comes after it was told to end, however long this thread takes to tell it.
    const data = { ...(late!.data as object), ms: 20_000 }
    const error = await failureOf(supervisor.execute({ ...late!, request_id: 'late', data }))
    expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown', retryable: true })
    // The lane takes this one up when the late one has returned.
    const [next] = counting(1, undefined, 'lenient').contexts
    expect(await supervisor.execute({ ...next!, request_id: 'next' })).toEqual({ n: 0 })
    expect(settled).toEqual(['late', 'next'])
    expect(supervisor.stats()).toMatchObject({ accepted: 2, ok: 1, timedOut: 1, lateResults: 1 })
    expect(supervisor.stats().pools).toMatchObject({ default: { workers: 1, restarts: 0 } })
  })

  test('a cancelled context that waits never starts', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const { contexts, starts } = counting(20, (n) => (n === 0 ? 'come late' : undefined), 'narrow')
    const controller = new AbortController()
    const first = supervisor.execute(contexts[0]!)
    const waiting = contexts.slice(1, 5).map((context) => supervisor.execute(context, { signal: controller.signal }))
    controller.abort()
    for (const one of waiting) {
      expect(await failureOf(one)).toMatchObject({ code: 'CANCELLED', outcome: 'not_started' })
    }
    expect(await first).toEqual({ n: 0 })
    expect(Array.from(starts).slice(0, 5)).toEqual([1, 0, 0, 0, 0])
  })

  test('a mailbox is bounded, and overflow is an immediate rejection', async () => {
    const supervisor = await started({ services }, { root, workers: 1 })
    const { contexts, starts } = counting(50, undefined, 'narrow')
    const outcomes = await Promise.allSettled(contexts.map((context) => supervisor.execute(context)))
    const codes = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? 'ok' : (outcome.reason as { readonly code: string }).code,
    )
    expect(codes).toEqual(contexts.map((_, n) => (n < 5 ? 'ok' : 'MAILBOX_FULL')))
    expect([...starts]).toEqual(contexts.map((_, n) => (n < 5 ? 1 : 0)))
  })

  test('an invalid configuration starts nothing, and neither does a middleware that cannot be loaded', async () => {
    const middleware = [{ name: 'guard', module: './no-such-file.mjs' }]
    const worker = [{ name: 'guard', module: './no-such-file.mjs', side: 'worker' }]
    for (const config of [
      { services, middleware },
      { services, middleware: worker },
    ]) {
      const error = await failureOf(started(config, { root, workers: 1 }))
      expect(error).toMatchObject({
        code: 'MIDDLEWARE_ERROR',
        outcome: 'not_started',
        details: { middleware: 'guard' },
      })
    }
    const misspelt = { services, midleware: middleware }
    const error = await failureOf(started(misspelt, { root, workers: 1 }))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: [{ path: 'midleware', nearest: 'middleware' }] })
  })
})
