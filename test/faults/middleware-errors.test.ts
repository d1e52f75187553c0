import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RecordedLog } from '../fixtures/recorded-log.ts'
import { Ledger } from '../fixtures/ledger.mjs'
import { amongSixteen, faulty, happened, inward, passage, places, stack } from '../fixtures/middleware/stack.ts'
import { withTail } from './tail.ts'

let ledger: Ledger

beforeEach(() => void (ledger = Ledger.make()))
afterEach(() => ledger.remove())

describe.each(places)('$side middleware on $engine', ({ side, engine }) => {
  test('I01 one that throws before next keeps the component from running, and those around it see the error', async () => {
    await withTail(stack(ledger, side), { workers: 1, engine }, async (supervisor) => {
      const outcome = await amongSixteen(supervisor, faulty({ two: 'throws before' }))
      expect(outcome).toMatchObject({
        ok: false,
        error: {
          code: 'MIDDLEWARE_ERROR',
          outcome: 'not_started',
          message: expect.stringContaining('No from before'),
          serviceId: 'probe',
          requestId: 'faulty',
          details: { middleware: 'two', stage: 'before' },
          cause: { name: 'Error', message: 'No from before', code: 'E_LAYER' },
        },
      })
    })
    expect(happened(ledger)).toEqual(['one.before', 'two.before', 'one.onError'])
    for (let n = 0; n < 15; n++) if (n !== 3) expect(happened(ledger, `good-${n}`)).toEqual(passage)
  })

  test('I03 one that throws behind next fails the execution, and those around it see the error', async () => {
    await withTail(stack(ledger, side), { workers: 1, engine }, async (supervisor) => {
      const outcome = await amongSixteen(supervisor, faulty({ two: 'throws after' }))
      expect(outcome).toMatchObject({
        ok: false,
        error: {
          code: 'MIDDLEWARE_ERROR',
          outcome: 'failed',
          details: { middleware: 'two', stage: 'after' },
          cause: { message: 'No from after', code: 'E_LAYER' },
        },
      })
    })
    expect(happened(ledger)).toEqual([...inward, 'three.after', 'two.after', 'one.onError'])
  })

  test('I04 the original error is kept when handling it throws too', async () => {
    const log = new RecordedLog()
    const options = { workers: 1, engine, logger: log.logger }
    await withTail(stack(ledger, side), options, async (supervisor) => {
      const faults = { three: 'throws onError', one: 'throws onError' }
      const outcome = await amongSixteen(supervisor, faulty(faults, { act: 'throw' }))
      const suppressed = { name: 'Error', message: 'No from onError', code: 'E_LAYER' }
      expect(outcome).toMatchObject({
        ok: false,
        error: {
          code: 'COMPONENT_FAILED',
          outcome: 'failed',
          message: 'The probe failed',
          cause: { code: 'E_PROBE' },
          details: {
            suppressed: [
              { middleware: 'three', ...suppressed },
              { middleware: 'one', ...suppressed },
            ],
          },
        },
      })
    })
    expect(happened(ledger)).toEqual([...inward, 'three.onError', 'two.onError', 'one.onError'])
    const warnings = log.records.filter(({ level, fields }) => level === 'warn' && 'middleware' in fields)
    expect(warnings.map(({ fields }) => fields)).toMatchObject([
      { middleware: 'three', service_id: 'probe', request_id: 'faulty', error: { message: 'No from onError' } },
      { middleware: 'one', service_id: 'probe', request_id: 'faulty', error: { message: 'No from onError' } },
    ])
  })
})
