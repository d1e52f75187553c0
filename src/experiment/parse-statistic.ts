import type { StatisticPlan } from '../contract/experiment-plan.ts'

const plain = ['mean', 'sd', 'se', 'min', 'max'] as const

/** What a statistic can be called, of those with digits the usual ones. */
export const statisticNames: readonly string[] = [
  ...plain,
  'ci90',
  'ci95',
  'ci99',
  'p01',
  'p05',
  'p25',
  'p50',
  'p75',
  'p95',
  'p99',
]

/** The statistic of a name: digits are those behind the decimal point, so that `ci95` is 0.95 and `p999` is 0.999. */
export function parseStatistic(name: string): StatisticPlan | undefined {
  const kind = plain.find((candidate) => candidate === name)
  if (kind !== undefined) return { name, kind }
  const [, letters, digits] = /^(ci|p)(\d{2,6})$/.exec(name) ?? []
  const probability = Number(`0.${digits}`)
  if (letters === undefined || probability === 0) return undefined
  return { name, kind: letters === 'ci' ? 'interval' : 'quantile', probability }
}
