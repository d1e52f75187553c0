import type { ExperimentSummary, PointSummary } from '../index.ts'

/** The first place where two summaries of one experiment have other numbers; `undefined` if there is none. */
export function firstDifference(one: ExperimentSummary, other: ExperimentSummary): string | undefined {
  const length = Math.max(one.points.length, other.points.length)
  for (let point = 0; point < length; point++) {
    const [a, b] = [one.points[point], other.points[point]]
    if (a === undefined || b === undefined) return `point ${point} is there in one of them alone`
    const place = differenceOfPoints(a, b)
    if (place !== undefined) return `point ${point} (${JSON.stringify(a.parameters)}): ${place}`
  }
  return undefined
}

function differenceOfPoints(one: PointSummary, other: PointSummary): string | undefined {
  for (const field of ['runs', 'failed', 'stopped'] as const)
    if (one[field] !== other[field]) return `${field} are ${one[field]} and ${other[field]}`
  for (const [metric, statistics] of Object.entries(one.metrics)) {
    for (const [name, value] of Object.entries(statistics)) {
      const [a, b] = [JSON.stringify(value), JSON.stringify(other.metrics[metric]?.[name])]
      if (a !== b) return `${metric} ${name} is ${a} and ${b}`
    }
  }
  return JSON.stringify(one) === JSON.stringify(other) ? undefined : 'it is not the same point'
}
