import type { MetricPlan, StopPlan } from '../../../contract/experiment-plan.ts'
import type { MetricPicture, TrailStep } from '../../experiment-result.ts'
import type { Drawing, Mark } from './drawing.ts'
import { figure, seriesColor } from './figure.ts'
import { abbreviated, foreign, html, type Html } from './html.ts'
import { countText, numberText, tickFormat } from './number-text.ts'

type Step = TrailStep & { readonly point: number; readonly title: string }

/** How half the width of the interval fell with the number of runs, by point; `undefined` where no point has a trail. */
export function convergenceFigure(
  { marks, draw }: Drawing,
  { name }: MetricPlan,
  pictures: readonly MetricPicture[],
  stop: StopPlan['interval'],
  points: number,
): Html | undefined {
  const own = pictures.filter(({ metric }) => metric === name)
  const steps = own.flatMap(({ point, trail }) =>
    trail.flatMap((step): Step[] => {
      // A logarithm has no place for a width of zero.
      if (!(step.halfWidth > 0) || !Number.isFinite(step.halfWidth)) return []
      const { runs, mean, halfWidth } = step
      const title = `Point ${point} after ${countText(runs)} runs: ${numberText(mean)} ± ${numberText(halfWidth)}`
      return [{ ...step, point, title }]
    }),
  )
  if (new Set(steps.map(({ runs }) => runs)).size < 2) return undefined
  const runs = steps.map((step) => step.runs)
  const widths = steps.map(({ halfWidth }) => halfWidth)
  const target = stop !== undefined && stop.metric === name && !stop.relative ? stop.halfWidth : undefined
  const x: readonly [number, number] = [Math.min(...runs), Math.max(...runs)]
  const y: readonly [number, number] = [Math.min(...widths, target ?? Infinity), Math.max(...widths, target ?? 0)]
  const all: Mark[] = [
    marks.line(referenceOf(steps, x, y), { x: 'runs', y: 'halfWidth', stroke: 'currentColor', strokeDasharray: '4 3' }),
    ...(target === undefined ? [] : [marks.ruleY([target], { stroke: seriesColor(1), strokeWidth: 1.5 })]),
    marks.line(steps, {
      x: 'runs',
      y: 'halfWidth',
      z: 'point',
      stroke: seriesColor(0),
      strokeOpacity: own.length > 3 ? 0.45 : 1,
      strokeWidth: 1.5,
      title: 'title',
    }),
  ]
  const label = `half width of the 95 % interval of ${abbreviated(name, 40)}`
  const panel = {
    draw: (size: { readonly width: number; readonly height: number }) =>
      draw(`${label} over the number of runs`, {
        ...size,
        marginLeft: 64,
        marginRight: 24,
        marginTop: 28,
        marginBottom: 44,
        x: { type: 'log', label: 'runs', tickFormat: tickFormat(0, x[1]), ticks: 4 },
        y: {
          type: 'log',
          label: 'half width of the 95 % interval',
          grid: true,
          domain: [y[0] / 1.15, y[1] * 1.15],
          tickFormat: tickFormat(0, y[1]),
          ticks: 4,
        },
        marks: all,
      }),
  }
  const lines =
    own.length === 1
      ? 'at one point'
      : `a line for each of ${own.length === points ? 'the' : 'the first'} ${own.length} points`
  return figure(
    [panel],
    html`Half the width of the 95 % interval of ${foreign(name, 60)} over the number of runs, ${lines}. Dashed: the
    slope of 1/√n, at which it falls where runs are
    independent.${target !== undefined && html` Level line: ${numberText(target)}, where a point may stop.`}`,
  )
}

/** A line of slope -1/2 through the middle of the trails, clipped to their extent. */
function referenceOf(
  steps: readonly Step[],
  [first, last]: readonly [number, number],
  [low, high]: readonly [number, number],
): readonly { readonly runs: number; readonly halfWidth: number }[] {
  const scaled = steps.map(({ runs, halfWidth }) => halfWidth * Math.sqrt(runs)).toSorted((a, b) => a - b)
  const scale = scaled[Math.floor(scaled.length / 2)]!
  const from = Math.max(first, (scale / high) * (scale / high))
  const to = Math.min(last, (scale / low) * (scale / low))
  return [from, to].map((runs) => ({ runs, halfWidth: scale / Math.sqrt(runs) }))
}
