import type { DesignPlan } from '../../../contract/experiment-plan.ts'

import { mostPanels } from './figure.ts'

/** Series of one plot that people can still tell apart. */
export const mostSeries = 8

/** One parameter as an axis. */
export interface ParameterAxis {
  readonly name: string
  readonly kind: 'linear' | 'log' | 'ordinal'
}

/** How points are laid out for a plot. */
export type PointLayout =
  /** Along one parameter, with a line for each value of `series` and a panel for each of `panels`. */
  | {
      readonly kind: 'lines'
      readonly x: ParameterAxis
      readonly series?: string
      readonly panels?: string
    }
  /** A panel for each parameter, all points in each. */
  | { readonly kind: 'scatter'; readonly axes: readonly ParameterAxis[] }
  /** By their numbers. */
  | { readonly kind: 'index' }

interface Factor {
  readonly name: string
  readonly values: readonly unknown[]
  readonly isNumeric: boolean
}

/**
 * The layout that shows how an estimate depends on the parameters: lines for grids of up to three parameters that vary,
 * a scatter plot for each parameter of a sampled design, numbers of points otherwise.
 */
export function layoutOf(design: DesignPlan, points: readonly Readonly<Record<string, unknown>>[]): PointLayout {
  const factors = factorsOf(points).filter(({ values }) => values.length > 1)
  const isScalar = factors.every(({ values }) => values.every((value) => typeof value !== 'object' || value === null))
  if (factors.length === 0 || !isScalar) return { kind: 'index' }
  if (factors.length > 1 && design.method !== 'grid' && !isCrossed(factors, points.length)) {
    const axes = factors.slice(0, mostPanels).map((factor) => axisOf(factor, design))
    return { kind: 'scatter', axes }
  }
  const [x, ...rest] = factors.toSorted(
    (a, b) => Number(b.isNumeric) - Number(a.isNumeric) || b.values.length - a.values.length,
  )
  const [series, panels, ...more] = rest
  const fits = (series?.values.length ?? 0) <= mostSeries && (panels?.values.length ?? 0) <= mostPanels
  if (more.length > 0 || !fits) return { kind: 'index' }
  return {
    kind: 'lines',
    x: axisOf(x!, design),
    ...(series !== undefined && { series: series.name }),
    ...(panels !== undefined && { panels: panels.name }),
  }
}

/** Whether points that were listed are a whole grid. */
function isCrossed(factors: readonly Factor[], points: number): boolean {
  return factors.reduce((product, { values }) => product * values.length, 1) === points
}

function factorsOf(points: readonly Readonly<Record<string, unknown>>[]): readonly Factor[] {
  const names = [...new Set(points.flatMap((point) => Object.keys(point)))]
  return names.map((name) => {
    const values = [...new Set(points.map((point) => point[name]))]
    return { name, values, isNumeric: values.every((value) => typeof value === 'number') }
  })
}

function axisOf({ name, isNumeric }: Factor, design: DesignPlan): ParameterAxis {
  if (!isNumeric) return { name, kind: 'ordinal' }
  const isLog =
    (design.method === 'random' || design.method === 'latin-hypercube' || design.method === 'sobol') &&
    design.parameters.some((parameter) => parameter.name === name && parameter.distribution.kind === 'logUniform')
  return { name, kind: isLog ? 'log' : 'linear' }
}
