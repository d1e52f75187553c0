import type { DesignPlan, Distribution, ExperimentPlan } from '../../contract/experiment-plan.ts'

/** What a column of a parameter holds, in files whose columns have types. */
export type ColumnType = 'number' | 'boolean' | 'text'

/** A parameter and the column that holds it. */
export interface ParameterColumn {
  readonly parameter: string
  readonly column: string
  readonly type: ColumnType
}

/** The columns of a table with a row for each run, between `replication` and `error`. */
export interface RunColumns {
  readonly parameters: readonly ParameterColumn[]
  /** Names of the columns of the metrics, in their order. */
  readonly metrics: readonly string[]
}

const ownColumns = ['run', 'point', 'replication', 'error']

/**
 * The columns of an experiment's runs. Where two would have one name, that of the metric gets `metric.` before it, and
 * that of the parameter `parameter.`: nothing is left out.
 */
export function runColumns({ design, metrics }: ExperimentPlan): RunColumns {
  const taken = new Set(ownColumns)
  const free = (name: string, prefix: string): string => {
    let column = name
    while (taken.has(column)) column = `${prefix}.${column}`
    taken.add(column)
    return column
  }
  const ofMetrics = metrics.map(({ name }) => free(name, 'metric'))
  const parameters = [...typesOf(design)].map(([parameter, type]) => ({
    parameter,
    column: free(parameter, 'parameter'),
    type: type ?? ('text' as const),
  }))
  return { parameters, metrics: ofMetrics }
}

/** A column where values differ in kind holds them as text: strings as they are, all else as JSON. */
export function cellText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The parameters in the order in which points first name them; `undefined` for one that is null everywhere. */
function typesOf(design: DesignPlan): ReadonlyMap<string, ColumnType | undefined> {
  const types = new Map<string, ColumnType | undefined>()
  const see = (name: string, value: unknown): void => {
    const type = value === null || value === undefined ? undefined : typeOf(value)
    const known = types.get(name)
    types.set(name, known === undefined || type === undefined || known === type ? (known ?? type) : 'text')
  }
  if (design.method === 'list') {
    for (const point of design.points) for (const [name, value] of Object.entries(point)) see(name, value)
  } else if (design.method === 'grid') {
    for (const { name, values } of design.parameters) for (const value of values) see(name, value)
  } else {
    for (const { name, distribution } of design.parameters) for (const value of valuesOf(distribution)) see(name, value)
  }
  return types
}

function typeOf(value: unknown): ColumnType {
  return typeof value === 'number' || typeof value === 'boolean' ? (typeof value as 'number' | 'boolean') : 'text'
}

/** Values of every kind that a distribution gives. */
function valuesOf(distribution: Distribution): readonly unknown[] {
  return distribution.kind === 'choice' ? distribution.values : [0]
}
