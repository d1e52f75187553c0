import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Ledger } from '../fixtures/ledger.mjs'
import { amongSixteen, faulty, happened, passage, places, stack } from '../fixtures/middleware/stack.ts'
import { RecordedLog } from '../fixtures/recorded-log.ts'
import { withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => void (ledger = Ledger.make()))
afterEach(() => ledger.remove())

describe.each(places)('$side middleware on $engine', ({ side, engine }) => {
  test.each([
    ['next with null', 'called next() with null'],
    ['next with undefined', 'called next() with undefined'],
    ['next with a number', 'called next() with number'],
    ['next with a text', 'called next() with string'],
    ['next with an array', 'called next() with an array'],
    ['next without service_id', 'no service_id'],
    ['next with a bad request_id', 'request_id that is no string'],
  ])('I02 "%s" is an error, and the component does not run', async (fault, message) => {
    await withTail(stack(ledger, side), { workers: 1, engine }, async (supervisor) => {
      const outcome = await amongSixteen(supervisor, faulty({ two: fault }))
      expect(outcome).toMatchObject({
        ok: false,
        error: {
          code: 'MIDDLEWARE_ERROR',
          outcome: 'not_started',
          message: expect.stringContaining(message),
          details: { middleware: 'two' },
        },
      })
    })
    expect(happened(ledger)).toEqual(['one.before', 'two.before', 'one.onError'])
  })

  test.each([
    ['answers', { answered: true }],
    ['answers with nothing', undefined],
  ])('I02 I07 one that never calls next "%s" in place of the component', async (fault, value) => {
    await withTail(stack(ledger, side), { workers: 1, engine }, async (supervisor) => {
      expect(await amongSixteen(supervisor, faulty({ two: fault }))).toEqual({ ok: true, value })
    })
    expect(happened(ledger)).toEqual(['one.before', 'two.before', 'one.after'])
  })

  test.each(['next twice', 'next twice at once', 'next twice, unheard'])(
    'I07 "%s" is an error, and the component runs once',
    async (fault) => {
      await withTail(stack(ledger, side), { workers: 1, engine }, async (supervisor) => {
        const outcome = await amongSixteen(supervisor, faulty({ two: fault }))
        expect(outcome).toMatchObject({
          ok: false,
          error: {
            code: 'MIDDLEWARE_ERROR',
            outcome: 'failed',
            message: expect.stringContaining('called next() twice'),
            details: { middleware: 'two' },
          },
        })
      })
      expect(happened(ledger)).toEqual(passage.with(-2, 'one.onError').slice(0, -1))
    },
  )

  test('I07 one that answers without waiting for next is waited for', async () => {
    await withTail(stack(ledger, side), { workers: 1, engine }, async (supervisor) => {
      const outcome = await amongSixteen(supervisor, faulty({ two: 'next unawaited' }))
      expect(outcome).toEqual({ ok: true, value: { unawaited: true } })
    })
    expect(happened(ledger)).toEqual(passage.filter((what) => what !== 'two.after'))
  })

  test('I07 one that answers without waiting for next cannot hide its error', async () => {
    await withTail(stack(ledger, side), { workers: 1, engine }, async (supervisor) => {
      const outcome = await amongSixteen(supervisor, faulty({ two: 'next unawaited' }, { act: 'throw' }))
      expect(outcome).toMatchObject({ ok: false, error: { code: 'COMPONENT_FAILED', message: 'The probe failed' } })
    })
  })

  test('I07 one that calls next after it has returned is refused, and the component does not run', async () => {
    const log = new RecordedLog()
    await withTail(stack(ledger, side), { workers: 1, engine, logger: log.logger }, async (supervisor) => {
      const outcome = await amongSixteen(supervisor, faulty({ two: 'next after return' }))
      expect(outcome).toEqual({ ok: true, value: { early: true } })
      const { fields } = await log.first(({ message }) => message.includes('called next() after it had returned'))
      expect(fields).toMatchObject({ middleware: 'two', service_id: 'probe', request_id: 'faulty' })
    })
    expect(happened(ledger)).toEqual(['one.before', 'two.before', 'one.after', 'two.late refusal'])
  })
})
