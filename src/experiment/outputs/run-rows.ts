import type { ErrorCode } from '../../contract/errors.ts'
import { TroupeError } from '../../contract/errors.ts'
import type { ExperimentPlan } from '../../contract/experiment-plan.ts'
import type { BlockRecord } from '../../numerics/block-record.ts'
import { type Design, openDesign } from '../../numerics/design.ts'
import { blockAt } from '../../numerics/run-layout.ts'
import { type RunColumns, runColumns } from './run-columns.ts'

/** The rows of one block: consecutive runs of one point. */
export interface RunRows {
  readonly count: number
  /** Numbers of the first run. */
  readonly run: number
  readonly replication: number
  readonly point: number
  /** By parameter column, the same in all rows; `undefined` where the point does not have it. */
  readonly parameters: readonly unknown[]
  /** By metric, a value for each row; not a number where the run failed. */
  readonly metrics: readonly Float64Array[]
  /** Codes of failed runs, by row. */
  readonly errors: ReadonlyMap<number, ErrorCode>
}

/** A file with a row for each run. */
export interface RowWriter {
  write(rows: RunRows): Promise<void>
  /** Writes what is left; the file stays open. */
  end?(): Promise<void>
}

/** Reads rows from blocks that come in order. */
export class RunRowReader {
  readonly columns: RunColumns
  readonly #plan: ExperimentPlan
  readonly #design: Design
  #point = -1
  #parameters: readonly unknown[] = []

  constructor(plan: ExperimentPlan) {
    this.#plan = plan
    this.#design = openDesign(plan.design, plan.seed)
    this.columns = runColumns(plan)
  }

  /** @throws {TroupeError} `INPUT_CHANGED`: rows were not kept when the block was computed. */
  read({ index, runs, rows, failures }: BlockRecord): RunRows {
    if (rows === undefined)
      throw new TroupeError(
        'INPUT_CHANGED',
        `Block ${index} has no rows: it was computed when no output asked for them. Run the experiment in a new folder`,
      )
    const { point, from } = blockAt(this.#plan.layout, index)
    if (point !== this.#point) {
      const parameters = this.#design.parametersOf(point)
      // A list's points need not have the same parameters.
      this.#parameters = this.columns.parameters.map(({ parameter }) =>
        Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined,
      )
      this.#point = point
    }
    return {
      count: runs,
      run: from,
      replication: from - point * this.#plan.layout.replications,
      point,
      parameters: this.#parameters,
      metrics: rows,
      errors: new Map(failures.map(({ run, code }) => [run - from, code])),
    }
  }
}
