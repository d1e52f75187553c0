import { describe, expect, test } from 'vitest'
import { batch, engines, errorOf } from './batches.ts'
import { withTail } from './tail.ts'

const failing = { name: 'price', module: './throwing.mjs', class: 'Throwing' }
const unloadable = { name: 'load', module: './none.mjs', class: 'None' }
const echo = { name: 'echo', module: 'troupe:echo', class: 'Echo' }
const REQUEST = { service_id: 'stepped', request_id: 'r' }

describe.each(engines)('K26 a step that fails, on %s,', (engine) => {
  test('with on_error skip: its fallback is merged, the next step runs, the failure is among the warnings', async () => {
    const services = { stepped: { steps: [{ ...failing, on_error: 'skip', fallback_output: { price: null } }, echo] } }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      const data = { throws: 'rich' }
      expect(await supervisor.execute({ ...REQUEST, data })).toEqual({
        ...REQUEST,
        data,
        price: null,
        warnings: [{ step: 'price', code: 'COMPONENT_FAILED', message: 'cannot price' }],
        echo: data,
      })
      expect(data).toEqual({ throws: 'rich' })
    })
  })

  test('without fallback_output: the context goes on as it was', async () => {
    const services = { stepped: { steps: [{ ...failing, on_error: 'skip' }, echo] } }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      const data = { rejects: 'null' }
      expect(await supervisor.execute({ ...REQUEST, data })).toEqual({
        ...REQUEST,
        data,
        warnings: [{ step: 'price', code: 'COMPONENT_FAILED', message: 'Threw null' }],
        echo: data,
      })
    })
  })

  test("each step's warning is kept, and those that the context brought", async () => {
    const skip = { ...failing, on_error: 'skip' }
    const services = { stepped: { steps: [skip, { ...skip, name: 'again' }, echo] } }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      const result = await supervisor.execute({ ...REQUEST, data: { throws: 'string' }, warnings: ['earlier'] })
      expect(result).toHaveProperty('warnings', [
        'earlier',
        { step: 'price', code: 'COMPONENT_FAILED', message: 'Threw just words' },
        { step: 'again', code: 'COMPONENT_FAILED', message: 'Threw just words' },
      ])
    })
  })

  test('in a batch of 16: the seventh has its warning, the others have none', async () => {
    const services = { stepped: { steps: [{ ...failing, on_error: 'skip', fallback_output: { n: 'none' } }, echo] } }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      const outcomes = await supervisor.executeMany(batch('stepped', 16, { 6: { throws: 'undefined' } }))
      for (const [n, outcome] of outcomes.entries()) {
        expect(outcome).toMatchObject({ ok: true, value: { n: n === 6 ? 'none' : n } })
        expect(outcome.ok && Object.hasOwn(outcome.value as object, 'warnings')).toBe(n === 6)
      }
    })
  })

  test('with fail_fast: the service fails with its error, and no later step runs', async () => {
    const services = { stepped: { steps: [failing, echo] } }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      const outcomes = await supervisor.executeMany(batch('stepped', 16, { 6: { throws: 'rich' } }))
      expect(errorOf(outcomes[6])).toMatchObject({
        code: 'COMPONENT_FAILED',
        outcome: 'failed',
        serviceId: 'stepped',
        details: { step: 'price' },
      })
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(15)
    })
  })

  test('that cannot be loaded fails the service before any step has run, skip or not', async () => {
    const services = { stepped: { steps: [echo, { ...unloadable, on_error: 'skip' }] } }
    await withTail({ services }, { engine, workers: 1 }, async (supervisor) => {
      for (const outcome of await supervisor.executeMany(batch('stepped', 4))) {
        expect(errorOf(outcome)).toMatchObject({
          code: 'COMPONENT_LOAD_FAILED',
          outcome: 'not_started',
          details: { step: 'load' },
        })
      }
    })
  })
})
