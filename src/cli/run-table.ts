import type { ExperimentSummary, PointSummary } from '../index.ts'
import { counted } from './counted.ts'
import { numberColumn } from './number-column.ts'
import { textTable } from './text-table.ts'

/** A column: its heading, a cell for each point, and the metric it is a statistic of. */
interface Column {
  readonly heading: string
  readonly cells: readonly string[]
  readonly metric?: string
}

const mostPoints = 30
const mostCharacters = 24
const gap = 2

/** Parameters, runs and, below each metric, its statistics as columns; a row for each of the first points. */
export function pointsTable(points: ExperimentSummary['points'], rest: string): string {
  const shown = points.slice(0, mostPoints)
  const columns = [...parameterColumns(shown), ...runColumns(shown), ...statisticColumns(shown)]
  const widths = widthsOf(columns)
  const aligned = (cells: readonly string[]) => cells.map((cell, at) => cell.padStart(widths[at]!))
  const table = textTable(
    aligned(columns.map(({ heading }) => heading)),
    shown.map((_, row) => aligned(columns.map(({ cells }) => cells[row]!))),
  )
  const more = points.length - shown.length
  const end = more === 0 ? '' : `… and ${counted(more, 'more point')}${rest}\n`
  return `${metricsLine(columns, widths)}${table}${end}`
}

function widthsOf(columns: readonly Column[]): number[] {
  const widths = columns.map(({ heading, cells }) => Math.max(heading.length, ...cells.map((cell) => cell.length)))
  for (const [at, { metric }] of columns.entries()) {
    if (metric === undefined || metric === columns[at - 1]?.metric) continue
    const own = columns.flatMap((column, index) => (column.metric === metric ? [widths[index]! + gap] : []))
    const missing = metric.length + gap - own.reduce((sum, width) => sum + width, 0)
    if (missing > 0) widths[at]! += missing
  }
  return widths
}

/** The names of the metrics, each above the first of its statistics. */
function metricsLine(columns: readonly Column[], widths: readonly number[]): string {
  let line = ''
  let offset = 0
  for (const [at, { metric }] of columns.entries()) {
    if (metric !== undefined && metric !== columns[at - 1]?.metric) line = line.padEnd(offset) + metric
    offset += widths[at]! + gap
  }
  return `${line}\n`
}

function parameterColumns(points: readonly PointSummary[]): Column[] {
  const names = [...new Set(points.flatMap(({ parameters }) => Object.keys(parameters)))]
  return names.map((name) => {
    const values = points.map(({ parameters }) => parameters[name])
    const isNumeric = values.every((value) => typeof value === 'number')
    // What was written short is shown as it was written; what a design has drawn has digits without end.
    const isShort = values.every((value) => String(value).length <= 8)
    const format = isNumeric && !isShort ? numberColumn(values as number[]) : parameterText
    return { heading: name, cells: values.map((value) => format(value as number)) }
  })
}

function parameterText(value: unknown): string {
  if (value === undefined) return '–'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters - 1)}…`
}

function runColumns(points: readonly PointSummary[]): Column[] {
  const runs = { heading: 'runs', cells: points.map((point) => point.runs.toLocaleString('en-US')) }
  if (points.every(({ failed }) => failed === 0)) return [runs]
  return [runs, { heading: 'failed', cells: points.map(({ failed }) => String(failed)) }]
}

function statisticColumns(points: readonly PointSummary[]): Column[] {
  const [first] = points
  return Object.entries(first?.metrics ?? {}).flatMap(([metric, statistics]) =>
    Object.keys(statistics)
      .filter((name) => name !== 'n')
      .map((name): Column => {
        const values = points.map(({ metrics }) => metrics[metric]?.[name])
        return { metric, heading: name, cells: statisticCells(values) }
      }),
  )
}

type Statistic = PointSummary['metrics'][string][string] | undefined

function statisticCells(values: readonly Statistic[]): string[] {
  const format = numberColumn(values.flat() as (number | null | undefined)[])
  const ends = values.map((value) => (isInterval(value) ? value.map(format) : undefined))
  const width = Math.max(0, ...ends.flatMap((pair) => pair?.map((end) => end.length) ?? []))
  return values.map((value, row) => {
    if (!isInterval(value)) return format(value)
    return ends[row]!.map((end) => end.padStart(width)).join(' … ')
  })
}

function isInterval(value: Statistic): value is readonly [number | null, number | null] {
  return Array.isArray(value)
}
