import type { Drawing, Mark, PlotOptions } from './drawing.ts'
import type { Estimate, Estimates } from './estimates.ts'
import { figure, type Panel, seriesColor, symbols } from './figure.ts'
import { abbreviated, foreign, html, type Html, trusted } from './html.ts'
import { countText, numberText, numberTextWithin, tickFormat } from './number-text.ts'
import type { ParameterAxis, PointLayout } from './layout-of-points.ts'
import { valueText } from './value-text.ts'

/** Points of one figure, each as often as there are panels: beyond, pages get too large to be sent around. */
const mostPoints = 2000

/** One mark of a plot: where it stands, and of which series it is. */
interface Spot {
  readonly x: number | string
  readonly y: number
  readonly low: number | undefined
  readonly high: number | undefined
  readonly series: string | undefined
  readonly title: string
}

/** The estimates of a metric over the parameters. */
export function estimateFigure(drawing: Drawing, { metric, meaning, list }: Estimates, layout: PointLayout): Html {
  const copies = layout.kind === 'scatter' ? layout.axes.length : 1
  const shown = list.slice(0, Math.floor(mostPoints / copies))
  const seriesName = layout.kind === 'lines' ? layout.series : undefined
  const series = seriesName === undefined ? [] : distinct(shown, seriesName)
  const label = `${abbreviated(metric, 40)}, ${meaning}`
  const panelOf = (title: Html | undefined, axis: ParameterAxis | undefined, estimates: readonly Estimate[]): Panel => {
    const spots = estimates.map((estimate) => spotOf(estimate, metric, axis, seriesName))
    const options = plotOf(drawing, label, axis, spots, series, layout.kind === 'lines', yDomain(shown))
    const name = axis === undefined ? 'the number of the point' : axis.name
    return {
      ...(title !== undefined && { title }),
      draw: (size) => drawing.draw(`${label} over ${abbreviated(name, 40)}`, { ...options, ...size }),
    }
  }
  const caption = html`${foreign(metric, 60)}:
  ${meaning}${
    layout.kind === 'scatter' && html`, at all points, over each parameter; the others vary too`
  }${list.length > shown.length && html`. The first ${countText(shown.length)} of ${countText(list.length)} points`}.`
  const legend = series.length > 0 ? legendOf(drawing, seriesName!, series) : undefined
  if (layout.kind === 'index') return figure([panelOf(undefined, undefined, shown)], caption)
  if (layout.kind === 'scatter') {
    return figure(
      layout.axes.map((axis) => panelOf(undefined, axis, shown)),
      caption,
    )
  }
  const { x, panels } = layout
  if (panels === undefined) return figure([panelOf(undefined, x, shown)], caption, legend)
  const parts = distinct(shown, panels).map((value) =>
    panelOf(
      html`${foreign(panels, 40)} = ${foreign(value, 40)}`,
      x,
      shown.filter(({ parameters }) => valueText(parameters[panels], 40) === value),
    ),
  )
  return figure(parts, caption, legend)
}

/** The estimate of a single point. */
export function estimateText({ meaning, list: [only] }: Estimates): Html {
  if (only === undefined) return html``
  const { value, low, high } = only
  if (low === undefined || high === undefined) return html`<p class="estimate">${meaning}: ${numberText(value)}</p>`
  const text = (end: number): string => numberTextWithin(end, (high - low) / 2)
  return html`<p class="estimate">${meaning}: <strong>${text(value)}</strong> [${text(low)}, ${text(high)}]</p>`
}

function plotOf(
  { marks }: Drawing,
  label: string,
  axis: ParameterAxis | undefined,
  spots: readonly Spot[],
  series: readonly string[],
  isLine: boolean,
  domain: readonly [number, number],
): PlotOptions {
  const isOrdinal = axis?.kind === 'ordinal'
  const isLong = isOrdinal && [...new Set(spots.map(({ x }) => String(x)))].join(' ').length > 44
  const xs = spots.flatMap(({ x }) => (typeof x === 'number' ? [x] : []))
  const parts = series.length > 0 ? series : [undefined]
  const all = parts.flatMap((part, at): Mark[] => {
    const own = part === undefined ? spots : spots.filter((spot) => spot.series === part)
    // Series stand a little beside one another, so that none hides the intervals of others.
    const common = { x: 'x', stroke: seriesColor(at), strokeWidth: 1.5, dx: (at - (parts.length - 1) / 2) * 3 }
    const intervals = own.filter(({ low }) => low !== undefined)
    return [
      marks.ruleX(intervals, { ...common, y1: 'low', y2: 'high' }),
      // Points of a scatter plot are in no order.
      ...(isLine && !isOrdinal ? [marks.line(own, { ...common, y: 'y', sort: 'x', strokeOpacity: 0.7 })] : []),
      marks.dot(own, {
        x: 'x',
        y: 'y',
        dx: common.dx,
        fill: seriesColor(at),
        symbol: symbols[at]!,
        r: own.length > 200 ? 2 : 3.5,
        title: 'title',
      }),
    ]
  })
  return {
    marginLeft: 64,
    marginRight: 24,
    marginTop: 28,
    marginBottom: isLong ? 110 : 44,
    x: {
      label: abbreviated(axis?.name ?? 'point', 40),
      ...(isOrdinal
        ? { type: 'point', ...(isLong && { tickRotate: -35 }) }
        : { type: axis?.kind ?? 'linear', ...ticksOf(xs) }),
    },
    y: { label, grid: true, nice: true, domain: [...domain], tickFormat: tickFormat(...domain), ticks: 6 },
    marks: all,
  }
}

/** Ticks are at the values where they are few. */
function ticksOf(values: readonly number[]): object {
  if (values.length === 0) return {}
  const few = [...new Set(values)]
  const low = Math.min(...values)
  const high = Math.max(...values)
  return { tickFormat: tickFormat(low, high), ticks: few.length <= 9 ? few : 4 }
}

/** The extent of all estimates with their intervals, so that panels can be compared. */
function yDomain(list: readonly Estimate[]): readonly [number, number] {
  const low = Math.min(...list.map((estimate) => estimate.low ?? estimate.value))
  const high = Math.max(...list.map((estimate) => estimate.high ?? estimate.value))
  // Of a single number no axis can be made.
  const room = high > low ? (high - low) * 0.04 : Math.abs(high) * 0.1 || 1
  return [low >= 0 && low < (high - low) / 4 ? 0 : low - room, high + room]
}

function spotOf(
  { point, parameters, value, low, high }: Estimate,
  metric: string,
  axis: ParameterAxis | undefined,
  seriesName: string | undefined,
): Spot {
  const at = axis === undefined ? point : parameters[axis.name]
  const interval = low === undefined || high === undefined ? '' : ` [${numberText(low)}, ${numberText(high)}]`
  const place = Object.entries(parameters).map(([name, item]) => `${abbreviated(name, 40)} ${valueText(item, 40)}`)
  return {
    x: axis !== undefined && axis.kind === 'ordinal' ? valueText(at, 16) : (at as number),
    y: value,
    low,
    high,
    series: seriesName === undefined ? undefined : valueText(parameters[seriesName], 40),
    title: `Point ${point}: ${place.slice(0, 8).join(', ')}\n${abbreviated(metric, 40)} ${numberText(value)}${interval}`,
  }
}

function distinct(list: readonly Estimate[], name: string): readonly string[] {
  return [...new Set(list.map(({ parameters }) => valueText(parameters[name], 40)))]
}

function legendOf({ marks, draw }: Drawing, name: string, series: readonly string[]): Html {
  const items = series.map((value, at) => {
    const dot = marks.dot([0], { frameAnchor: 'middle', fill: seriesColor(at), symbol: symbols[at]!, r: 4 })
    const swatch = draw('', { width: 16, height: 16, margin: 0, marks: [dot] })
    return html`<li>${trusted(swatch)} ${foreign(value, 40)}</li>`
  })
  return html`<ul class="legend">
    <li>${foreign(name, 40)}</li>
    ${items}
  </ul>`
}
