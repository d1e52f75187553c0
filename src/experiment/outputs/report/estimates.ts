import type { MetricPlan, StatisticPlan } from '../../../contract/experiment-plan.ts'
import type { MetricSummary } from '../../../contract/experiment-summary.ts'
import type { ExperimentResult } from '../../experiment-result.ts'

/** What a metric came to at a point. */
export interface Estimate {
  readonly point: number
  readonly parameters: Readonly<Record<string, unknown>>
  readonly value: number
  /** Where an interval is known. */
  readonly low: number | undefined
  readonly high: number | undefined
}

/** A metric over all points. */
export interface Estimates {
  readonly metric: string
  /** What the values are: `mean with its 95 % interval`. */
  readonly meaning: string
  /** Of points that have one. */
  readonly list: readonly Estimate[]
}

/**
 * Estimates of a metric for a plot: the mean with the first interval that the experiment asks for. Where it asks for no
 * mean, the quantile nearest to the middle or else its first statistic stands for it; where it asks for no interval, the
 * one that is known of the first points does.
 */
export function estimatesOf({ summary, pictures }: ExperimentResult, { name, statistics }: MetricPlan): Estimates {
  const shown = shownOf(statistics)
  const interval = statistics.find(({ kind }) => kind === 'interval')
  const ends = new Map(
    pictures.filter(({ metric }) => metric === name).map(({ point, trail }) => [point, trail.at(-1)] as const),
  )
  const list = summary.points.flatMap(({ point, parameters, metrics }): Estimate[] => {
    const metric = metrics[name]
    const end = ends.get(point)
    const value = shown === undefined ? end?.mean : numberOf(metric, shown)
    if (value === undefined) return []
    const isMean = shown === undefined || shown.kind === 'mean'
    const [low, high] = isMean
      ? (pairOf(metric, interval) ?? (end === undefined ? [] : [end.mean - end.halfWidth, end.mean + end.halfWidth]))
      : []
    const isInterval = low !== undefined && high !== undefined && Number.isFinite(high - low)
    return [{ point, parameters, value, low: isInterval ? low : undefined, high: isInterval ? high : undefined }]
  })
  const what = shown?.name ?? 'mean'
  const confidence = Number(((interval?.probability ?? 0.95) * 100).toPrecision(6))
  const hasIntervals = list.some(({ low }) => low !== undefined)
  return { metric: name, meaning: hasIntervals ? `${what} with its ${confidence} % interval` : what, list }
}

/** The statistic that is drawn; `undefined` for the mean that is known where only an interval was asked for. */
function shownOf(statistics: readonly StatisticPlan[]): StatisticPlan | undefined {
  const mean = statistics.find(({ kind }) => kind === 'mean')
  if (mean !== undefined || statistics.some(({ kind }) => kind === 'interval')) return mean
  const [middle] = statistics
    .filter(({ kind }) => kind === 'quantile')
    .toSorted((a, b) => Math.abs(a.probability! - 0.5) - Math.abs(b.probability! - 0.5))
  return middle ?? statistics[0]
}

function numberOf(metric: MetricSummary | undefined, { name }: StatisticPlan): number | undefined {
  const value = metric?.[name]
  return typeof value === 'number' ? value : undefined
}

function pairOf(metric: MetricSummary | undefined, interval: StatisticPlan | undefined): number[] | undefined {
  const pair = interval === undefined ? undefined : metric?.[interval.name]
  if (typeof pair !== 'object' || pair === null) return undefined
  return pair.flatMap((end) => end ?? [])
}
