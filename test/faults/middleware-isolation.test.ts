import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Ledger } from '../fixtures/ledger.mjs'
import { amongSixteen, faulty, happened, inward, places, stack } from '../fixtures/middleware/stack.ts'
import { withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => void (ledger = Ledger.make()))
afterEach(() => ledger.remove())

describe.each(places)('$side middleware on $engine', ({ side, engine }) => {
  test('I09 what it changes in a context changes no other, and nothing of the caller', async () => {
    const warmUp = [{ service_id: 'probe', data: {} }]
    await withTail(stack(ledger, side), { workers: 1, engine, warmUp }, async (supervisor) => {
      const data = { faults: { two: 'mutates' }, shared: [] as string[] }
      const contexts = Array.from({ length: 16 }, (_, n) => ({ service_id: 'probe', request_id: `r-${n}`, data }))
      const outcomes = await supervisor.executeMany(contexts)
      for (const [n, outcome] of outcomes.entries()) {
        const seen = { mutated: true, shared: [`r-${n}`] }
        expect(outcome).toMatchObject({ ok: true, value: { added: 'by mutation', data: seen } })
      }
      const before = { faults: { two: 'mutates' }, shared: [] }
      expect(contexts).toEqual(contexts.map((_, n) => ({ service_id: 'probe', request_id: `r-${n}`, data: before })))
    })
  })
})

describe.each(['threads', 'inline'] as const)('on %s', (engine) => {
  test('I14 a context that cannot cross the thread is the error of the middleware that made it', async () => {
    await withTail(stack(ledger, 'supervisor'), { workers: 1, engine }, async (supervisor) => {
      expect(await amongSixteen(supervisor, faulty({ two: 'adds a function' }))).toMatchObject({
        ok: false,
        error: {
          code: 'MIDDLEWARE_ERROR',
          outcome: 'not_started',
          serviceId: 'probe',
          requestId: 'faulty',
          details: { path: 'context.extra.callback' },
        },
      })
    })
    expect(happened(ledger)).not.toContain('probe.start')
  })

  test.each([
    ['returns a function', 'failed', [...inward, 'three.after', 'two.after', 'one.after']],
    ['answers with a function', 'not_started', ['one.before', 'two.before', 'one.after']],
  ])('I14 a result that cannot cross the thread, since it "%s", is its error too', async (fault, outcome, events) => {
    await withTail(stack(ledger, 'worker'), { workers: 1, engine }, async (supervisor) => {
      expect(await amongSixteen(supervisor, faulty({ two: fault }))).toMatchObject({
        ok: false,
        error: { code: 'MIDDLEWARE_ERROR', outcome, details: { path: 'result.extra.callback' } },
      })
    })
    expect(happened(ledger)).toEqual(events)
  })

  test('I14 a result of the component that cannot cross the thread is not', async () => {
    await withTail(stack(ledger, 'worker'), { workers: 1, engine }, async (supervisor) => {
      for (const faults of [{}, { two: 'returns a function' }] as Record<string, string>[]) {
        expect(await amongSixteen(supervisor, faulty(faults, { act: 'function' }))).toMatchObject({
          ok: false,
          error: { code: 'RESULT_NOT_SERIALIZABLE', outcome: 'failed' },
        })
      }
    })
  })
})
