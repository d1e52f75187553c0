import type { MetricPlan } from '../../../contract/experiment-plan.ts'
import type { ExperimentResult } from '../../experiment-result.ts'
import { type Density, densityOf } from './density.ts'
import type { Drawing } from './drawing.ts'
import { figure, mostPanels, type Panel, seriesColor } from './figure.ts'
import { abbreviated, type Content, foreign, html, type Html } from './html.ts'
import { numberText, tickFormat } from './number-text.ts'
import { valueText } from './value-text.ts'

/** Histograms of a metric at some of the points; `undefined` where no distribution was kept. */
export function distributionFigure(
  drawing: Drawing,
  { name }: MetricPlan,
  { plan, pictures, summary }: ExperimentResult,
): Html | undefined {
  const known = pictures.flatMap(({ metric, point, sketch }) => {
    const density = metric === name && sketch !== undefined ? densityOf(sketch) : undefined
    return density === undefined ? [] : [{ point, density }]
  })
  const chosen = spread(known, mostPanels)
  if (chosen.length === 0) return undefined
  const panels = chosen.map(({ point, density }): Panel => {
    const parameters = Object.entries(summary.points[point]?.parameters ?? {})
    const title = parameters.map(
      ([key, value]): Content =>
        html`${foreign(key, 30)}
        ${foreign(typeof value === 'number' ? numberText(value, 4) : valueText(value, 20), 20)}, `,
    )
    return {
      title: html`${title.slice(0, 4)}point ${point}${zeros(density)}`,
      draw: (size) =>
        drawing.draw(`Histogram of ${abbreviated(name, 40)} at point ${point}`, {
          ...plotOf(drawing, name, density),
          ...size,
        }),
    }
  })
  const beyond = Math.max(...chosen.map(({ density }) => density.beyond))
  return figure(
    panels,
    html`How the values of ${foreign(name, 60)} are
    distributed${known.length > chosen.length && html` at ${chosen.length} of the points`}${
      plan.layout.antithetic && ', those of a pair by their mean'
    }:
    the share of them for each
    unit.${
      chosen.some(({ density }) => density.zeroShare > 0) && html` Values that are exactly 0 are in no bar.`
    }${beyond > 0.0005 && html` Up to ${numberText(beyond * 100, 2)} % of the values lie beyond the ends.`}`,
  )
}

function zeros({ zeroShare }: Density): Content {
  return zeroShare > 0 && html`; ${numberText(zeroShare * 100, 3)} % are 0`
}

function plotOf({ marks }: Drawing, name: string, { bins }: Density): object {
  const highest = Math.max(...bins.map(({ density }) => density))
  return {
    marginLeft: 64,
    marginRight: 24,
    marginTop: 28,
    marginBottom: 44,
    x: { label: abbreviated(name, 40), tickFormat: tickFormat(bins[0]!.from, bins.at(-1)!.to), ticks: 5 },
    y: { label: 'density', grid: true, tickFormat: tickFormat(0, highest), ticks: 4 },
    marks: [
      marks.rectY(bins, { x1: 'from', x2: 'to', y: 'density', fill: seriesColor(0), insetLeft: 0.5, insetRight: 0.5 }),
      marks.ruleY([0]),
    ],
  }
}

/** So many of a list, first and last among them. */
function spread<Item>(list: readonly Item[], most: number): readonly Item[] {
  if (list.length <= most) return list
  return Array.from({ length: most }, (_, at) => list[Math.round((at * (list.length - 1)) / (most - 1))]!)
}
