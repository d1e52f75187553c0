import { describe, expect, test } from 'vitest'
import { fixture, started } from '../fixtures/supervised.ts'

const root = fixture('steps')

/** Runs one context through steps of a service, and returns the final context. */
async function run(steps: readonly object[], context: object = {}): Promise<unknown> {
  const config = { services: { stepped: { steps: steps.map((step) => ({ module: './steps.mjs', ...step })) } } }
  const supervisor = await started(config, { root, workers: 1 })
  return await supervisor.execute({ service_id: 'stepped', request_id: 'r', ...context })
}

describe('steps', () => {
  test('merge what they return into the context, which is the result of the service', async () => {
    const steps = [
      { class: 'Give', config: { a: 1, b: 1 } },
      { class: 'Give', config: { b: 2 } },
    ]
    expect(await run(steps, { kept: 'yes' })).toEqual({
      service_id: 'stepped',
      request_id: 'r',
      kept: 'yes',
      a: 1,
      b: 2,
    })
  })

  test('input_mapping adds fields that the step sees and the context does not keep', async () => {
    const steps = [{ class: 'See', input_mapping: { drift: 'model.drift', absent: 'model.nothing', data: 'raw' } }]
    const result = await run(steps, { model: { drift: 0.1 }, raw: 7, data: 'own' })
    expect(result).toMatchObject({ data: 'own', seen: { drift: 0.1, data: 7, model: { drift: 0.1 } } })
    expect((result as { seen: object }).seen).toHaveProperty('absent', undefined)
    expect(result).not.toHaveProperty('drift')
  })

  test('output_mapping puts the named fields where it says and drops the rest', async () => {
    const config = { calibration: { drift: 0.1, sd: 0.2 }, noise: 1 }
    const output_mapping = { calibration: 'model.fit', 'calibration.sd': 'volatility', absent: 'nowhere' }
    const result = await run([{ class: 'Give', config, output_mapping }], { model: { name: 'gbm' } })
    expect(result).toEqual({
      service_id: 'stepped',
      request_id: 'r',
      model: { name: 'gbm', fit: { drift: 0.1, sd: 0.2 } },
      volatility: 0.2,
    })
  })

  test.each(['number', 'text', 'nothing', 'absent', 'list', 'map', 'date'])(
    'a result that is no plain object (%s) leaves the context as it is',
    async (kind) => {
      expect(await run([{ class: 'Odd', config: { kind } }], { data: 1 })).toEqual({
        service_id: 'stepped',
        request_id: 'r',
        data: 1,
      })
    },
  )

  test('a result can change neither prototypes nor where the context is routed', async () => {
    const result = await run([{ class: 'Polluting' }, { class: 'See' }])
    expect(result).toMatchObject({ service_id: 'stepped', request_id: 'r', fine: 1 })
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
    expect(result).not.toHaveProperty('polluted')
    expect((result as { seen: object }).seen).not.toHaveProperty('polluted')
    expect({}).not.toHaveProperty('polluted')
  })

  test.each(['threads', 'inline'] as const)("never change the caller's object (%s)", async (engine) => {
    const config = { services: { meddling: { steps: [{ module: './steps.mjs', class: 'Meddling' }] } } }
    const supervisor = await started(config, { root, workers: 1, engine })
    const context = { service_id: 'meddling', data: { value: 'mine' } }
    expect(await supervisor.execute(context)).toMatchObject({ data: { value: 'changed' } })
    expect(context).toEqual({ service_id: 'meddling', data: { value: 'mine' } })
  })

  test('all run in one worker, whichever it is', async () => {
    const steps = Array.from({ length: 5 }, () => ({ module: './steps.mjs', class: 'Thread' }))
    const supervisor = await started({ services: { stepped: { steps } } }, { root, workers: 2 })
    const contexts = Array.from({ length: 40 }, () => ({ service_id: 'stepped' }))
    const outcomes = await supervisor.executeMany(contexts)
    const threads = outcomes.map((outcome) => (outcome.ok ? (outcome.value as { threads: number[] }).threads : []))
    for (const one of threads) {
      expect(one).toHaveLength(5)
      expect(new Set(one).size).toBe(1)
    }
    expect(new Set(threads.flat()).size).toBe(2)
  })

  test('have the names step_1, step_2, … where they are given none', async () => {
    const steps = [
      { module: './steps.mjs', class: 'See' },
      { name: 'second', module: './steps.mjs', class: 'See' },
      { module: './steps.mjs', class: 'See' },
    ]
    const supervisor = await started({ services: { stepped: { steps } } }, { root, workers: 1 })
    expect(supervisor.services()[0]?.steps.map(({ name }) => name)).toEqual(['step_1', 'second', 'step_3'])
  })
})
