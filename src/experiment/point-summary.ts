import type { MetricPlan, StatisticPlan } from '../contract/experiment-plan.ts'
import type { MetricSummary } from '../contract/experiment-summary.ts'
import type { Accumulator } from '../numerics/accumulator.ts'
import { standardErrorOf, varianceOf } from '../numerics/moments.ts'
import { intervalOf } from '../numerics/stopping-rule.ts'

/** What a metric came to, by the statistics that are wanted of it, in their order. */
export function summariseMetric({ statistics }: MetricPlan, accumulator: Accumulator): MetricSummary {
  const summary: Record<string, MetricSummary[string]> = {}
  for (const statistic of statistics) summary[statistic.name] = valueOf(statistic, accumulator)
  return { n: accumulator.moments.count, ...summary }
}

function valueOf({ kind, probability = 0 }: StatisticPlan, accumulator: Accumulator): MetricSummary[string] {
  const { moments, min, max } = accumulator
  if (kind === 'interval') {
    const [low, high] = intervalOf(moments, probability)
    return [finite(low), finite(high)]
  }
  if (moments.count === 0) return null
  switch (kind) {
    case 'mean':
      return finite(moments.mean)
    case 'sd':
      return finite(Math.sqrt(varianceOf(moments)))
    case 'se':
      return finite(standardErrorOf(moments))
    case 'min':
      return min
    case 'max':
      return max
    case 'quantile':
      return finite(accumulator.quantile(probability))
  }
}

/** JSON has no NaN. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
