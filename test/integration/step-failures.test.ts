import type { Supervisor } from 'troupe'
import { describe, expect, test } from 'vitest'
import { failureOf, fixture, keepingLog, started } from '../fixtures/supervised.ts'

const module = './steps.mjs'
const context = { service_id: 'stepped', request_id: 'r' }
const undoable = (name: string, more: object = {}) => ({
  name,
  module,
  class: 'Undoable',
  config: { name, ...more },
})

async function startedWith(steps: readonly object[]): Promise<Supervisor> {
  const services = {
    stepped: { steps: steps.map((step) => ({ module, ...step })) },
    ledger: { module, class: 'Ledger' },
  }
  return await started({ services }, { root: fixture('steps'), workers: 1 })
}

describe('on_error', () => {
  test.each([undefined, 'fail_fast'])('%s ends the service with the error of the step', async (on_error) => {
    const failing = { name: 'second', class: 'Fails', ...(on_error && { on_error }) }
    const supervisor = await startedWith([undoable('a'), failing, undoable('b')])
    const error = await failureOf(supervisor.execute(context))
    expect(error).toMatchObject({
      code: 'COMPONENT_FAILED',
      outcome: 'failed',
      message: 'no luck',
      serviceId: 'stepped',
      requestId: 'r',
      details: { step: 'second', class: 'Fails' },
    })
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(await supervisor.execute({ service_id: 'ledger' })).toEqual(['do a'])
  })

  test('skip goes on with fallback_output, and the result says what was skipped', async () => {
    const skipped = { name: 'price', class: 'Fails', on_error: 'skip', fallback_output: { price: null } }
    const supervisor = await startedWith([{ class: 'Give', config: { warnings: ['early'] } }, skipped, undoable('b')])
    expect(await supervisor.execute(context)).toEqual({
      ...context,
      price: null,
      b: true,
      warnings: ['early', { step: 'price', code: 'COMPONENT_FAILED', message: 'no luck' }],
    })
  })

  test('skip without fallback_output leaves only the warning', async () => {
    const supervisor = await startedWith([{ class: 'Fails', on_error: 'skip' }])
    expect(await supervisor.execute(context)).toEqual({
      ...context,
      warnings: [{ step: 'step_1', code: 'COMPONENT_FAILED', message: 'no luck' }],
    })
  })

  test('a fallback_output is given anew to each execution', async () => {
    const skipped = { class: 'Fails', on_error: 'skip', fallback_output: { data: { value: 'fallback' } } }
    const supervisor = await startedWith([skipped, { class: 'See' }, { class: 'Meddling' }])
    for (let round = 0; round < 2; round++) {
      expect(await supervisor.execute(context)).toMatchObject({ data: { value: 'changed' } })
    }
    const outcomes = await supervisor.executeMany([context, context])
    expect(outcomes).toMatchObject([{ ok: true }, { ok: true }])
  })

  test('compensate undoes the completed steps in reverse order and keeps the error', async () => {
    const failing = { name: 'last', class: 'Fails', on_error: 'compensate' }
    const passed = { ...undoable('passed over'), when: { path: 'absent', exists: true } }
    const supervisor = await startedWith([undoable('a'), passed, { class: 'See' }, undoable('b'), failing])
    const error = await failureOf(supervisor.execute(context))
    expect(error).toMatchObject({ code: 'COMPONENT_FAILED', outcome: 'failed', message: 'no luck' })
    expect(error.details).toEqual({ step: 'last', class: 'Fails' })
    expect(await supervisor.execute({ service_id: 'ledger' })).toEqual(['do a', 'do b', 'undo b of r', 'undo a of r'])
  })

  test('a compensation that throws is recorded beside the error, and the others run all the same', async () => {
    const { log, records } = keepingLog()
    const steps = [
      undoable('a', { broken: true }),
      undoable('b'),
      undoable('c', { broken: true }),
      { name: 'last', module, class: 'Fails', on_error: 'compensate' },
    ]
    const services = { stepped: { steps }, ledger: { module, class: 'Ledger' } }
    const supervisor = await started(
      { services },
      { root: fixture('steps'), workers: 1, logger: log, logLevel: 'warn' },
    )
    const error = await failureOf(supervisor.execute(context))
    expect(error).toMatchObject({
      code: 'COMPONENT_FAILED',
      message: 'no luck',
      details: { step: 'last', suppressed: [{ message: 'cannot undo c' }, { message: 'cannot undo a' }] },
    })
    expect(await supervisor.execute({ service_id: 'ledger' })).toEqual([
      'do a',
      'do b',
      'do c',
      'undo c of r',
      'undo b of r',
      'undo a of r',
    ])
    await supervisor.close()
    expect(records.filter(({ message }) => message === 'Compensation failed')).toHaveLength(2)
  })

  test('the next context runs as if nothing had happened', async () => {
    const supervisor = await startedWith([
      undoable('a'),
      { class: 'Fails', on_error: 'compensate', when: { path: 'fail', equals: true } },
    ])
    const outcomes = await supervisor.executeMany([{ ...context, fail: true }, context, { ...context, fail: true }])
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, false])
  })
})
