import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Ledger } from '../fixtures/ledger.mjs'
import { amongSixteen, faulty, happened, places, runGood, stack } from '../fixtures/middleware/stack.ts'
import { withTail } from './tail.ts'

let ledger: Ledger
// What its service takes to load is no part of a limit.
const warmUp = [{ service_id: 'probe', data: {} }]

beforeEach(() => void (ledger = Ledger.make()))
afterEach(() => ledger.remove())

describe.each(places)('$side middleware on $engine', ({ side, engine }) => {
  const limits = [{ timeoutMs: 400 }, { deadlineMs: 400 }]
  const hangs = [
    ['hangs before', 'echo', 'before'],
    ['hangs after', 'echo', 'after'],
    ['hangs onError', 'throw', 'after'],
  ] as const
  const rows = limits.flatMap((limit) => hangs.map(([fault, act, part]) => ({ limit, fault, act, part })))

  test.each(rows)('I06 one that $fault ends at $limit, and the error names it', async ({ limit, fault, act, part }) => {
    await withTail(stack(ledger, side), { workers: 1, engine, warmUp }, async (supervisor) => {
      const execution = supervisor.execute(faulty({ two: fault }, { act }), limit)
      const others = runGood(supervisor)
      await expect(execution).rejects.toMatchObject({
        code: 'TIMEOUT',
        outcome: side === 'worker' ? 'unknown' : part === 'before' ? 'not_started' : 'failed',
        message: expect.stringContaining(`middleware:two.${part}`),
        details: { stage: `middleware:two.${part}` },
      })
      await others
    })
    const starts = happened(ledger).filter((what) => what === 'probe.start')
    expect(starts).toHaveLength(part === 'before' ? 0 : 1)
  })

  test.each([
    ['deadlineMs', { deadlineMs: 400 }, 'TIMEOUT'],
    ['a signal', {}, 'CANCELLED'],
  ] as const)('I06 one that hangs on hearing of %s does not keep the caller', async (_name, limit, code) => {
    await withTail(stack(ledger, side), { workers: 1, engine, warmUp }, async (supervisor) => {
      const abort = new AbortController()
      // It runs once it reports its progress.
      const onProgress = () => abort.abort()
      const options = code === 'CANCELLED' ? { signal: abort.signal, onProgress } : limit
      const execution = supervisor.execute(faulty({ two: 'hangs onError' }, { act: 'hang' }), options)
      const others = runGood(supervisor)
      await expect(execution).rejects.toMatchObject({ code, outcome: 'unknown' })
      await others
    })
  })
})

test.each([
  ['never ran', { three: 'throws before' }, 'echo', 'not_started'],
  ['ended', {}, 'throw', 'failed'],
  ['was cut off', {}, 'exit', 'unknown'],
])('I06 the error of one that hangs behind a component that %s says so', async (_name, faults, act, outcome) => {
  await withTail(stack(ledger, 'supervisor'), { workers: 1, warmUp }, async (supervisor) => {
    const context = faulty({ two: 'hangs onError', ...faults }, { act })
    await expect(supervisor.execute(context, { deadlineMs: 1_000 })).rejects.toMatchObject({ code: 'TIMEOUT', outcome })
  })
})

describe('I13 worker middleware that ends its thread', () => {
  test('costs the context that caused it', async () => {
    await withTail(stack(ledger, 'worker'), { workers: 1 }, async (supervisor) => {
      const outcome = await amongSixteen(supervisor, faulty({ two: 'exits' }))
      expect(outcome).toMatchObject({
        ok: false,
        error: { code: 'WORKER_CRASHED', outcome: 'unknown', details: { exitCode: 3 } },
      })
    })
    expect(happened(ledger)).toEqual(['one.before', 'two.before'])
  })

  test('again and again makes its service unavailable, and the component never runs without it', async () => {
    const pools = { default: { max_restarts: 2, within_ms: 60_000 } }
    await withTail({ ...stack(ledger, 'worker'), pools }, { workers: 1 }, async (supervisor) => {
      const codes: unknown[] = []
      for (let n = 0; n < 6; n++) {
        await supervisor.execute(faulty({ two: 'exits' })).catch(({ code }: { code: unknown }) => codes.push(code))
      }
      const crashed = Array<string>(3).fill('WORKER_CRASHED')
      expect(codes).toEqual([...crashed, ...Array<string>(3).fill('SERVICE_UNAVAILABLE')])
      await expect(supervisor.execute({ service_id: 'probe' })).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        outcome: 'not_started',
      })
    })
    expect(ledger.entries().filter(({ what }) => what.startsWith('probe'))).toEqual([])
  })
})
