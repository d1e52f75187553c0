import type { ExperimentPlan, StatisticPlan } from '../../../contract/experiment-plan.ts'
import type { ExperimentSummary, MetricSummary, PointSummary } from '../../../contract/experiment-summary.ts'
import { type Content, foreign, html, type Html } from './html.ts'
import { countText, numberText, numberTextWithin } from './number-text.ts'
import { table } from './table.ts'
import { valueText } from './value-text.ts'

const mostRows = 200
const mostParameters = 24

const stops: Readonly<Record<PointSummary['stopped'], string>> = {
  interval: 'interval',
  replications: 'all done',
  experiment: 'cut short',
}

/** All points with their statistics, or the first of them. */
export function pointsSection({ metrics }: ExperimentPlan, { points }: ExperimentSummary): Html {
  const shown = points.slice(0, mostRows)
  const names = [...new Set(shown.flatMap(({ parameters }) => Object.keys(parameters)))].slice(0, mostParameters)
  const columns = [
    { heading: 'point', isNumeric: true },
    ...names.map((name) => ({
      heading: foreign(name, 40),
      isNumeric: shown.every(({ parameters }) => typeof (parameters[name] ?? 0) === 'number'),
    })),
    { heading: 'runs', isNumeric: true },
    { heading: 'failed', isNumeric: true },
    { heading: 'stopped' },
  ]
  const groups = metrics.map(({ name, statistics }) => ({
    heading: foreign(name, 40),
    columns: ['n', ...statistics.map((statistic) => statistic.name)].map((heading) => ({ heading, isNumeric: true })),
  }))
  const rows = shown.map(({ point, parameters, runs, failed, stopped, metrics: own }): Content[] => [
    countText(point),
    ...names.map((name) => (Object.hasOwn(parameters, name) ? foreign(valueText(parameters[name], 40), 60) : '')),
    countText(runs),
    countText(failed),
    stops[stopped],
    ...metrics.flatMap(({ name, statistics }) => cellsOf(own[name], statistics)),
  ])
  const more = points.length - shown.length
  return html`<section>
    <h2>Points</h2>
    ${table(columns, rows, groups)}
    <p class="note">
      ${more > 0 && html`<strong>${countText(more)} more points</strong> are in summary.json. `}Numbers are rounded to
      what their intervals leave certain; summary.json has all digits.
    </p>
  </section> `
}

function cellsOf(metric: MetricSummary | undefined, statistics: readonly StatisticPlan[]): Content[] {
  const half = halfWidthOf(metric, statistics)
  const text = (value: number | null | undefined): string => {
    if (typeof value !== 'number') return '–'
    return half === undefined ? numberText(value) : numberTextWithin(value, half)
  }
  const cells = statistics.map(({ name }) => {
    const value = metric?.[name]
    return typeof value === 'object' && value !== null ? `[${text(value[0])}, ${text(value[1])}]` : text(value)
  })
  return [countText(metric?.n ?? 0), ...cells]
}

/** Half the width of the first interval, or the standard error. */
function halfWidthOf(metric: MetricSummary | undefined, statistics: readonly StatisticPlan[]): number | undefined {
  for (const { name, kind } of statistics) {
    const value = metric?.[name]
    if (kind === 'se' && typeof value === 'number') return value
    if (kind === 'interval' && typeof value === 'object' && value !== null)
      return ((value[1] ?? NaN) - (value[0] ?? NaN)) / 2
  }
  return undefined
}
