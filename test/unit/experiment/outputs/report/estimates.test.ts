import { describe, expect, test } from 'vitest'
import { estimatesOf } from '../../../../../src/experiment/outputs/report/estimates.ts'
import { europeanCall, gridExperiment, runExample } from '../example-result.ts'

function estimatesFor(statistics: string[]) {
  const design = { method: 'grid', parameters: { strike: { linspace: [80, 120, 5] } } }
  const { result } = runExample(
    { ...gridExperiment, design, replications: 400, metrics: { payoff: statistics } },
    europeanCall,
  )
  return { estimates: estimatesOf(result, result.plan.metrics[0]!), result }
}

describe('estimatesOf', () => {
  test('takes the mean and the interval that the experiment asks for', () => {
    const { estimates, result } = estimatesFor(['sd', 'p50', 'mean', 'ci99'])
    expect(estimates.meaning).toBe('mean with its 99 % interval')
    expect(estimates.list.map(({ value, low, high }) => [value, [low, high]])).toEqual(
      result.summary.points.map(({ metrics }) => [metrics['payoff']!['mean'], metrics['payoff']!['ci99']]),
    )
  })

  test('takes the interval that is known of the trail where none is asked for', () => {
    const { estimates } = estimatesFor(['mean'])
    const { estimates: asked } = estimatesFor(['mean', 'ci95'])
    expect(estimates.meaning).toBe('mean with its 95 % interval')
    for (const [at, { low, high }] of estimates.list.entries()) {
      expect(low).toBeCloseTo(asked.list[at]!.low!, 10)
      expect(high).toBeCloseTo(asked.list[at]!.high!, 10)
    }
  })

  test.each([
    [['p05', 'p75', 'p50'], 'p50'],
    [['max', 'sd'], 'max'],
  ])('of %j without a mean takes %s', (statistics, name) => {
    const { estimates, result } = estimatesFor(statistics)
    expect(estimates.meaning).toBe(name)
    expect(estimates.list.map(({ value, low }) => [value, low])).toEqual(
      result.summary.points.map(({ metrics }) => [metrics['payoff']![name], undefined]),
    )
  })
})
