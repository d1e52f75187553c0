import { describe, expect, test } from 'vitest'
import type { Context, Supervisor, TroupeError } from 'troupe'
import { keepingLog } from '../fixtures/supervised.ts'
import { nextEvent } from './next-event.ts'
import { type TailConfig, withTail } from './tail.ts'

const OPEN_MS = 250

function config(more: object = {}): TailConfig {
  const trying = { module: './trying.mjs', class: 'Trying', config: {} }
  const breaker = { threshold: 0.5, minimum: 5, window_ms: 60_000, open_ms: OPEN_MS }
  return { services: { trying: { ...trying, breaker, ...more }, other: { ...trying, breaker } } }
}

const trying = (act: string, service_id = 'trying'): Context => ({ service_id, data: { acts: [act] } })
const stateOf = (supervisor: Supervisor, service = 'trying') => supervisor.stats().services[service]?.breaker

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'ok',
    ({ code }: TroupeError) => code,
  )
}

/** Lets five contexts fail, and resolves when the circuit lets a probe in again. */
async function opened(supervisor: Supervisor): Promise<void> {
  const hears = nextEvent(supervisor, 'breaker:opened')
  for (let n = 0; n < 5; n++) await codeOf(supervisor.execute(trying('throw')))
  await passed((await hears).retryAt)
}

/** Resolves once the clock that circuits go by shows `at`. */
async function passed(at: number): Promise<void> {
  const ms = Math.ceil(at - performance.now()) + 1
  await new Promise((resolve) => setTimeout(resolve, ms))
}

describe.each(['threads', 'inline'] as const)('on %s', (engine) => {
  const options = { workers: 2, engine }

  test('M20 opens with the fifth outcome, refuses without a worker, and lets one of fifty in to see', async () => {
    const { log, records } = keepingLog()
    await withTail(config(), { ...options, logger: log }, async (supervisor) => {
      const events: string[] = []
      supervisor.on('breaker:opened', ({ serviceId }) => events.push(`opened ${serviceId}`))
      supervisor.on('breaker:closed', ({ serviceId }) => events.push(`closed ${serviceId}`))
      const opening = nextEvent(supervisor, 'breaker:opened')
      for (const act of ['throw', 'throw', 'throw', 'ok']) await codeOf(supervisor.execute(trying(act)))
      expect(stateOf(supervisor)).toBe('closed')
      expect(await codeOf(supervisor.execute(trying('throw')))).toBe('COMPONENT_FAILED')
      expect(stateOf(supervisor)).toBe('open')
      const { accepted } = supervisor.stats().services['trying']!
      await expect(supervisor.execute(trying('ok'))).rejects.toMatchObject({
        code: 'CIRCUIT_OPEN',
        outcome: 'not_started',
        retryable: true,
        serviceId: 'trying',
      })
      expect(supervisor.stats().services['trying']).toMatchObject({ accepted, running: 0, waiting: 0 })
      expect(await codeOf(supervisor.execute(trying('ok', 'other')))).toBe('ok')
      expect(stateOf(supervisor, 'other')).toBe('closed')

      await passed((await opening).retryAt)
      const fifty = Array.from({ length: 50 }, () => codeOf(supervisor.execute(trying('ok'))))
      expect(stateOf(supervisor)).toBe('half_open')
      const codes = await Promise.all(fifty)
      expect(codes.filter((code) => code === 'ok')).toHaveLength(1)
      expect(codes.filter((code) => code === 'CIRCUIT_OPEN')).toHaveLength(49)
      expect(stateOf(supervisor)).toBe('closed')
      expect(await codeOf(supervisor.execute(trying('ok')))).toBe('ok')
      expect(events).toEqual(['opened trying', 'closed trying'])
    })
    const about = records.filter(({ fields }) => fields['service_id'] === 'trying').map(({ level }) => level)
    expect(about).toEqual(['warn', 'info'])
  })

  test('M20 what waits when it opens is refused too', async () => {
    await withTail(config(), { ...options, workers: 1 }, async (supervisor) => {
      const codes = await Promise.all(Array.from({ length: 40 }, () => codeOf(supervisor.execute(trying('throw')))))
      const failed = codes.filter((code) => code === 'COMPONENT_FAILED').length
      expect(failed).toBeGreaterThanOrEqual(5)
      expect(failed).toBeLessThan(40)
      expect(codes.filter((code) => code === 'CIRCUIT_OPEN')).toHaveLength(40 - failed)
    })
  })

  test('M21 a probe that fails opens it again', async () => {
    await withTail(config(), options, async (supervisor) => {
      await opened(supervisor)
      const again = nextEvent(supervisor, 'breaker:opened')
      expect(await codeOf(supervisor.execute(trying('throw')))).toBe('COMPONENT_FAILED')
      await passed((await again).retryAt)
      expect(await codeOf(supervisor.execute(trying('ok')))).toBe('ok')
      expect(stateOf(supervisor)).toBe('closed')
    })
  })

  test('M21 a probe that hangs beyond its limit opens it again', async () => {
    await withTail(config({ grace_ms: 20 }), options, async (supervisor) => {
      await opened(supervisor)
      const again = nextEvent(supervisor, 'breaker:opened')
      expect(await codeOf(supervisor.execute(trying('hang'), { timeoutMs: 60 }))).toBe('TIMEOUT')
      await passed((await again).retryAt)
      expect(await codeOf(supervisor.execute(trying('ok')))).toBe('ok')
    })
  })

  test('M21 behind a probe that hangs without a limit, another goes when its time is over', async () => {
    await withTail(config({ grace_ms: 20 }), options, async (supervisor) => {
      await opened(supervisor)
      const abort = new AbortController()
      const since = performance.now()
      const hung = codeOf(supervisor.execute(trying('hang'), { signal: abort.signal }))
      expect(await codeOf(supervisor.execute(trying('ok')))).toBe('CIRCUIT_OPEN')
      await passed(since + OPEN_MS + 5)
      expect(await codeOf(supervisor.execute(trying('ok')))).toBe('ok')
      expect(stateOf(supervisor)).toBe('closed')
      abort.abort()
      expect(await hung).toBe('CANCELLED')
      expect(stateOf(supervisor)).toBe('closed')
    })
  })

  test.each(['while it runs', 'before it runs'])(
    'M21 behind a probe that is cancelled %s, the next goes',
    async (when) => {
      await withTail(config({ grace_ms: 20 }), options, async (supervisor) => {
        await opened(supervisor)
        const abort = new AbortController()
        const onProgress = () => abort.abort()
        const probe = codeOf(supervisor.execute(trying('hang'), { signal: abort.signal, onProgress }))
        if (when === 'before it runs') abort.abort()
        expect(await probe).toBe('CANCELLED')
        expect(stateOf(supervisor)).toBe('open')
        expect(await codeOf(supervisor.execute(trying('ok')))).toBe('ok')
        expect(stateOf(supervisor)).toBe('closed')
      })
    },
  )

  test('M10 what is refused before its run does not count', async () => {
    const breaker = { minimum: 1, threshold: 0.01 }
    await withTail(config({ mailbox: 10, breaker }), options, async (supervisor) => {
      const codes = await Promise.all(Array.from({ length: 200 }, () => codeOf(supervisor.execute(trying('ok')))))
      expect(codes.filter((code) => code === 'MAILBOX_FULL')).toHaveLength(190)
      expect(codes.filter((code) => code === 'ok')).toHaveLength(10)
      expect(stateOf(supervisor)).toBe('closed')
    })
  })

  test('M20 between two attempts, an open circuit ends a context with the error that it has', async () => {
    const breaker = { minimum: 2, open_ms: 60_000 }
    await withTail(config({ max_attempts: 5, backoff_ms: 1, breaker }), options, async (supervisor) => {
      await expect(supervisor.execute(trying('throw'))).rejects.toMatchObject({
        code: 'COMPONENT_FAILED',
        details: { attempts: 2 },
      })
      expect(stateOf(supervisor)).toBe('open')
    })
  })
})
