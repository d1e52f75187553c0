import { describe, expect, test } from 'vitest'
import type { ExperimentPlan } from '../../../src/contract/experiment-plan.ts'
import { createRunContexts } from '../../../src/numerics/run-contexts.ts'

const plan: ExperimentPlan = {
  serviceId: 'simulation',
  seed: 1,
  shared: {},
  prepare: { serviceId: 'pre-calibration', data: {}, into: 'calibration' },
  data: { paths: 10, strike: 1, terms: { days: [1, 2] } },
  design: {
    method: 'grid',
    parameters: [
      { name: 'strike', values: [90, 110] },
      { name: 'kind', values: [{ name: 'call' }, { name: 'put' }] },
    ],
  },
  layout: { points: 4, replications: 3, blockSize: 1, antithetic: false, commonRandomNumbers: false },
  metrics: [],
  stop: {},
  outputs: [],
}

describe('createRunContexts', () => {
  test('puts the data, what was prepared and the parameters together, parameters last', () => {
    const contextOf = createRunContexts(plan, 'abc', { drift: 0.1 })
    expect(contextOf(10)).toEqual({
      service_id: 'simulation',
      request_id: 'abc/10',
      run: 10,
      point: 3,
      replication: 1,
      data: {
        paths: 10,
        strike: 110,
        terms: { days: [1, 2] },
        calibration: { drift: 0.1 },
        kind: { name: 'put' },
      },
    })
  })

  test('gives the same whatever was asked before, and also from a clone of the plan', () => {
    const here = createRunContexts(plan, 'abc', { drift: 0.1 })
    const there = createRunContexts(structuredClone(plan), 'abc', structuredClone({ drift: 0.1 }))
    const runs = Array.from({ length: 12 }, (_, run) => run)
    const forwards = runs.map(here)
    expect(runs.toReversed().map(there).toReversed()).toEqual(forwards)
  })

  test.each([0, 7, 999, 1000, 1001, 9_999, 10_000, 999_999, 1_000_000, 12_345_678, 2 ** 53 - 1])(
    'names run %i by its digest and its number, whatever was named before',
    (run) => {
      const contextOf = createRunContexts({ ...plan, layout: { ...plan.layout, replications: 2 ** 53 } }, 'abc', {})
      for (const before of [run, 5, 1_002, run + 1000]) contextOf(before)
      expect(contextOf(run).request_id).toBe(`abc/${run}`)
    },
  )

  test('copies what leads back to itself, too', () => {
    const prepared: Record<string, unknown> = { drift: 0.1 }
    prepared['self'] = prepared
    const contextOf = createRunContexts(plan, 'abc', prepared)
    const { calibration } = contextOf(3).data as { calibration: typeof prepared }
    expect(calibration).not.toBe(prepared)
    expect(calibration['self']).toBe(calibration)
  })

  test('shares nothing between contexts that a run could change', () => {
    const prepared = { drift: 0.1, closes: Float64Array.of(1, 2), when: new Date(0) }
    const contextOf = createRunContexts(plan, 'abc', prepared)
    const spoil = contextOf(3).data as {
      terms: { days: number[] }
      kind: { name: string }
      calibration: typeof prepared
    }
    spoil.terms.days.push(3)
    spoil.kind.name = 'spoilt'
    spoil.calibration.drift = 9
    spoil.calibration.closes[0] = 9
    spoil.calibration.when.setTime(9)
    expect(contextOf(3).data).toEqual({
      paths: 10,
      strike: 90,
      terms: { days: [1, 2] },
      kind: { name: 'put' },
      calibration: { drift: 0.1, closes: Float64Array.of(1, 2), when: new Date(0) },
    })
  })
})
