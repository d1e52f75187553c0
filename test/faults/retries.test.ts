import { readFileSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Context, Supervisor, type TroupeError, transfer } from 'troupe'
import { inCleanProcess } from './clean-process.ts'
import { Ledger } from './ledger.ts'
import { nextEvent } from './next-event.ts'
import { type TailConfig, withTail } from './tail.ts'

interface Noted {
  readonly n: number
  readonly attempt: number
  readonly event: 'start' | 'end'
  readonly threadId: number
  readonly at: number
}

let ledger: Ledger

beforeEach(() => void (ledger = new Ledger()))
afterEach(() => rmSync(dirname(ledger.path), { recursive: true }))

function noted(n?: number): Noted[] {
  const lines = readFileSync(ledger.path, 'utf8').split('\n')
  const all = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Noted)
  return all.filter((one) => n === undefined || one.n === n)
}

const starts = (n?: number) => noted(n).filter(({ event }) => event === 'start')

function config(more: object): TailConfig {
  const trying = { module: './trying.mjs', class: 'Trying', config: { ledger: ledger.path }, backoff_ms: 30 }
  return { services: { trying: { ...trying, max_attempts: 3, ...more } } }
}

const trying = (n: number, acts: readonly string[], more: object = {}): Context => ({
  service_id: 'trying',
  data: { n, acts, ...more },
})

async function failure(promise: Promise<unknown>): Promise<TroupeError> {
  return await promise.then(
    (value) => Promise.reject(new Error(`Got ${JSON.stringify(value)}`)),
    (error: TroupeError) => error,
  )
}

describe.each(['threads', 'inline'] as const)('on %s', (engine) => {
  const options = { workers: 2, engine }

  test('M18 what fails twice and then succeeds gives its value, after the backoff', async () => {
    await withTail(config({ deadline_ms: 5_000 }), options, async (supervisor) => {
      const value = await supervisor.execute(trying(1, ['throw', 'throw', 'ok']))
      expect(value).toEqual({ n: 1, attempt: 3, value: 'fine' })
      const [first, second, third] = starts(1)
      expect([first, second, third].map((one) => one?.attempt)).toEqual([1, 2, 3])
      // The ledger's clock counts whole milliseconds.
      expect(second!.at - first!.at).toBeGreaterThanOrEqual(29)
      expect(third!.at - second!.at).toBeGreaterThanOrEqual(59)
      expect(supervisor.stats().services['trying']).toMatchObject({ accepted: 1, ok: 1, retries: 2 })
    })
  })

  test('M18 what always fails ends with the last error and the number of attempts', async () => {
    await withTail(config({}), options, async (supervisor) => {
      const error = await failure(supervisor.execute(trying(1, ['throw'])))
      expect(error).toMatchObject({ code: 'COMPONENT_FAILED', outcome: 'failed', details: { attempts: 3 } })
      expect(error.cause).toMatchObject({ message: 'no luck' })
    })
    expect(starts(1)).toHaveLength(3)
  })

  test('M18 no attempt is waited for that could not begin before the deadline', async () => {
    await withTail(config({ backoff_ms: 20_000 }), options, async (supervisor) => {
      const error = await failure(supervisor.execute(trying(1, ['throw']), { deadlineMs: 10_000 }))
      expect(error).toMatchObject({ code: 'COMPONENT_FAILED', details: { attempts: 1 } })
    })
  })

  test.each([
    ['an error that says so', 'throw for good', 'COMPONENT_FAILED', {}],
    ['a result that cannot cross', 'function', 'RESULT_NOT_SERIALIZABLE', {}],
    ['a code that is not listed', 'throw', 'COMPONENT_FAILED', { retry_on: ['OUTPUT_INVALID'] }],
  ])('M19 %s is not tried again', async (_what, act, code, more) => {
    await withTail(config(more), options, async (supervisor) => {
      const error = await failure(supervisor.execute(trying(1, [act])))
      expect(error).toMatchObject({ code, outcome: 'failed', details: { attempts: 1 } })
    })
    expect(starts(1)).toHaveLength(1)
  })

  test('M19 a context that fails validation is not tried again', async () => {
    const middleware = [
      { use: 'validation', config: { required_fields: ['data.missing'] }, scope: { include: ['trying'] } },
    ]
    await withTail({ ...config({}), middleware }, options, async (supervisor) => {
      const error = await failure(supervisor.execute(trying(1, ['ok'])))
      expect(error).toMatchObject({ code: 'INPUT_INVALID', outcome: 'not_started', details: { attempts: 1 } })
    })
    expect(starts()).toEqual([])
  })

  test('M04 a service that tries again takes no buffers, and nothing is detached', async () => {
    await withTail(config({}), options, async (supervisor) => {
      const rows = Float64Array.of(1, 2)
      const error = await failure(supervisor.execute(transfer(trying(1, ['ok'], { rows }), [rows.buffer])))
      expect(error).toMatchObject({ code: 'INPUT_NOT_SERIALIZABLE', outcome: 'not_started' })
      expect(rows).toHaveLength(2)
    })
    expect(starts()).toEqual([])
  })

  test('one that waits for its next attempt is ended by its signal', async () => {
    await withTail(config({ backoff_ms: 20_000, max_backoff_ms: 20_000 }), options, async (supervisor) => {
      const abort = new AbortController()
      const running = failure(supervisor.execute(trying(1, ['throw']), { signal: abort.signal }))
      await between(supervisor)
      abort.abort()
      expect(await running).toMatchObject({ code: 'CANCELLED', outcome: 'failed', details: { attempts: 1 } })
      expect(supervisor.stats().services['trying']).toMatchObject({ cancelled: 1, waiting: 0 })
    })
  })

  test('one that waits for its next attempt is ended by close', async () => {
    await inCleanProcess(async () => {
      const start = { ...options, root: resolve('test/fixtures'), logLevel: 'silent' } as const
      const supervisor = await Supervisor.start(config({ backoff_ms: 20_000, max_backoff_ms: 20_000 }), start)
      const running = failure(supervisor.execute(trying(1, ['throw'])))
      await between(supervisor)
      expect(await supervisor.close({ timeoutMs: 0 })).toMatchObject({ zombies: 0 })
      expect(await running).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'failed', details: { attempts: 1 } })
    })
  })

  test('those that wait for their next attempt keep their places in the mailbox', async () => {
    const more = { backoff_ms: 20_000, max_backoff_ms: 20_000, mailbox: 3 }
    await withTail(config(more), options, async (supervisor) => {
      const abort = new AbortController()
      const { signal } = abort
      const waiting = [1, 2, 3].map((n) => failure(supervisor.execute(trying(n, ['throw']), { signal })))
      await between(supervisor, 3)
      expect(await failure(supervisor.execute(trying(4, ['ok'])))).toMatchObject({ code: 'MAILBOX_FULL' })
      abort.abort()
      for (const one of waiting) expect(await one).toMatchObject({ code: 'CANCELLED' })
      expect(await supervisor.execute(trying(5, ['ok']))).toMatchObject({ n: 5 })
    })
  })
})

/** Resolves once the attempts of `count` contexts have ended and the next have not begun. */
async function between(supervisor: Supervisor, count = 1): Promise<void> {
  const waits = () => {
    const { waiting, running } = supervisor.stats().services['trying']!
    return waiting === count && running === 0 && starts().length === count
  }
  while (!waits()) await new Promise((resolve) => setImmediate(resolve))
}

describe('K13 an attempt that is cut off', () => {
  test('is over before the next begins, where it ends in its grace', async () => {
    const more = { idempotent: true, timeout_ms: 300, grace_ms: 5_000, backoff_ms: 1, max_attempts: 2 }
    await withTail(config(more), { workers: 2 }, async (supervisor) => {
      const value = await supervisor.execute(trying(1, ['end late', 'ok'], { ms: 300 }))
      expect(value).toMatchObject({ attempt: 2, value: 'fine' })
      expect(supervisor.stats()).toMatchObject({ lateResults: 1, pools: { default: { restarts: 0 } } })
    })
    expect(noted(1).map(({ attempt, event }) => `${attempt} ${event}`)).toEqual([
      '1 start',
      '1 end',
      '2 start',
      '2 end',
    ])
  })

  test('is gone with its thread before the next begins, where it does not', async () => {
    const more = { idempotent: true, timeout_ms: 300, grace_ms: 200, backoff_ms: 1, max_attempts: 2 }
    await withTail(config(more), { workers: 2 }, async (supervisor) => {
      const events: string[] = []
      supervisor.on('worker:exited', () => events.push('exited'))
      const running = supervisor.execute(trying(1, ['spin', 'ok']), {
        onProgress: () => events.push('progress'),
      })
      expect(await running).toMatchObject({ attempt: 2 })
      expect(events).toEqual(['progress', 'exited', 'progress'])
    })
    const [first, second] = starts(1)
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(490)
  })

  test('keeps the next from beginning until the deadline has passed', async () => {
    const more = { idempotent: true, timeout_ms: 200, grace_ms: 5_000, backoff_ms: 1 }
    // What its service takes to load is no part of the deadline.
    const warmUp = [trying(0, ['ok']), trying(0, ['ok'])]
    await withTail(config(more), { workers: 2, warmUp }, async (supervisor) => {
      const running = supervisor.execute(trying(1, ['end late'], { ms: 2_000 }), { deadlineMs: 1_000 })
      expect(await failure(running)).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown', details: { attempts: 1 } })
    })
    expect(starts(1)).toHaveLength(1)
  })

  test('is not tried again where its service is not idempotent', async () => {
    await withTail(config({ timeout_ms: 60 }), { workers: 2 }, async (supervisor) => {
      const error = await failure(supervisor.execute(trying(1, ['spin'])))
      expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown', details: { attempts: 1 } })
      await nextEvent(supervisor, 'worker:restarted')
    })
    expect(starts(1)).toHaveLength(1)
  })
})

describe('W13 a context that kills any worker it meets', () => {
  test('takes down two, and its neighbours run', async () => {
    const pools = { default: { max_restarts: 100 } }
    await withTail({ ...config({ idempotent: true, max_attempts: 5 }), pools }, { workers: 2 }, async (supervisor) => {
      const neighbours = supervisor.executeMany(Array.from({ length: 20 }, (_, n) => trying(n + 10, ['ok'])))
      const error = await failure(supervisor.execute(trying(1, ['exit'])))
      expect(error).toMatchObject({
        code: 'POISON',
        outcome: 'unknown',
        retryable: false,
        details: { attempts: 2, exitCode: 1 },
        cause: { code: 'WORKER_CRASHED' },
      })
      for (const outcome of await neighbours) expect(outcome).toMatchObject({ ok: true, value: { attempt: 1 } })
    })
    expect(starts(1)).toHaveLength(2)
  })

  test('is not taken for one where its limit ended its workers', async () => {
    const more = { idempotent: true, timeout_ms: 50, grace_ms: 20, max_attempts: 3 }
    await withTail(config(more), { workers: 2 }, async (supervisor) => {
      const error = await failure(supervisor.execute(trying(1, ['spin'])))
      expect(error).toMatchObject({ code: 'TIMEOUT', details: { attempts: 3 } })
    })
    expect(starts(1)).toHaveLength(3)
  })
})
