import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import type { RunFailure } from '../contract/experiment-summary.ts'
import { Accumulator, type AccumulatorRecord } from './accumulator.ts'
import type { BlockRecord, SlowRun } from './block-record.ts'
import { needsSketch } from './point-reduction.ts'

// A failed run's place in the rows.
const FAILED = NaN
const plainPrototype = Object.prototype

/** What is done with the runs of an experiment's blocks, in the order of runs. Kept from block to block. */
export class BlockTally {
  readonly #plan: ExperimentPlan
  /** By metric; kept from block to block, since the memory of a sketch is let go of much later than it is taken. */
  readonly #accumulators: readonly Accumulator[]
  readonly #keepsRows: boolean
  readonly #keepsSlowest: number
  /** By metric, the values of the runs so far. */
  readonly #values: readonly Float64Array[]
  #runs = 0
  #failures: RunFailure[] = []
  #slowest: SlowRun[] = []

  constructor(plan: ExperimentPlan, keepsSlowest = 0) {
    this.#plan = plan
    this.#accumulators = plan.metrics.map((metric) => new Accumulator(needsSketch(plan, metric)))
    this.#keepsRows = plan.outputs.some((output) => output.startsWith('runs.'))
    this.#keepsSlowest = keepsSlowest
    this.#values = plan.metrics.map(() => new Float64Array(plan.layout.blockSize))
  }

  /** Forgets the runs so far: what they belong to was cut off. */
  clear(): void {
    this.#runs = 0
    this.#failures = []
    this.#slowest = []
  }

  /** Takes the metrics of the next run; the name of the first that is no finite number, if one is not. */
  take(result: unknown): string | undefined {
    const { metrics } = this.#plan
    for (let at = 0; at < metrics.length; at++) {
      const { name } = metrics[at]!
      const value = valueOf(result, name)
      if (value === undefined) return name
      this.#values[at]![this.#runs] = value
    }
    this.#runs++
    return undefined
  }

  /** Takes values that were told by rows; NaN is a failed run. */
  takeRow(rows: readonly Float64Array[], at: number): void {
    for (let metric = 0; metric < rows.length; metric++) this.#values[metric]![this.#runs] = rows[metric]![at]!
    this.#runs++
  }

  /** The next run came to nothing. */
  fail(failure: RunFailure): void {
    for (const values of this.#values) values[this.#runs] = FAILED
    this.#runs++
    this.#failures.push(failure)
  }

  /** Adds failures that belong to rows which were taken. */
  addFailures(failures: readonly RunFailure[]): void {
    this.#failures.push(...failures)
  }

  /** The last run took so long. */
  took(run: number, ms: number): void {
    const slowest = this.#slowest
    if (slowest.length === this.#keepsSlowest && ms <= slowest.at(-1)!.ms) return
    const place = slowest.findIndex((other) => ms > other.ms)
    slowest.splice(place < 0 ? slowest.length : place, 0, { run, ms })
    if (slowest.length > this.#keepsSlowest) slowest.pop()
  }

  /** The record of the runs so far, as block `index`, and none are left. A part of a block has rows and no metrics. */
  record(index: number, isWhole: boolean): BlockRecord {
    const runs = this.#runs
    const failures = this.#failures
    const slowest = this.#slowest
    const hasRows = this.#keepsRows || !isWhole || failures.length > 0
    const record: BlockRecord = {
      index,
      metrics: isWhole ? this.#values.map((values, at) => this.#reduce(values, this.#accumulators[at]!)) : [],
      runs,
      failures,
      ...(hasRows && { rows: this.#values.map((values) => values.slice(0, runs)) }),
      ...(slowest.length > 0 && { slowest }),
    }
    this.clear()
    return record
  }

  /** The sample of an antithetic pair is its mean; half a pair is none. */
  #reduce(values: Float64Array, accumulator: Accumulator): AccumulatorRecord {
    accumulator.clear()
    const runs = this.#runs
    if (this.#plan.layout.antithetic) {
      for (let run = 0; run + 1 < runs; run += 2) {
        // Halved first: two values can be finite and their sum not.
        const mean = values[run]! / 2 + values[run + 1]! / 2
        if (!Number.isNaN(mean)) accumulator.add(mean)
      }
    } else for (let run = 0; run < runs; run++) if (!Number.isNaN(values[run]!)) accumulator.add(values[run]!)
    return accumulator.toRecord()
  }
}

/** The finite number that a result has of its own under a name: what crosses a thread has nothing else. */
function valueOf(result: unknown, name: string): number | undefined {
  if (typeof result !== 'object' || result === null) return undefined
  const value = (result as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'number' && Number.isFinite(value) && hasOwn(result, name) ? value : undefined
}

/**
 * Whether an object that has a property has it of its own; of a plain object, without a call of `Object.hasOwn`. A Proxy,
 * which no thread could send, is taken at its word.
 */
function hasOwn(object: object, name: string): boolean {
  return (Object.getPrototypeOf(object) === plainPrototype && !(name in plainPrototype)) || Object.hasOwn(object, name)
}
