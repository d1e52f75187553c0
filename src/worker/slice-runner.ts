import type { RoutedContext } from '../contract/context.ts'
import type { RunFailure } from '../contract/experiment-summary.ts'
import type { SliceContext } from '../contract/experiment-slice.ts'
import { TroupeError, isTroupeError } from '../contract/errors.ts'
import { COMPONENT } from '../kernel/stage.ts'
import { isThenable } from '../kernel/thenable.ts'
import { describeThrown } from '../kernel/thrown.ts'
import type { BlockRecord, SliceRecord } from '../numerics/block-record.ts'
import { blockAt, blockOfRun, streamOfRun } from '../numerics/run-layout.ts'
import type { BlockTally } from '../numerics/block-tally.ts'
import type { LoadedComponent } from './component-loader.ts'
import { failure } from './execute-component.ts'
import type { OpenExperiment } from './open-experiment.ts'
import type { ServiceRunner } from './service-runner.ts'
import { type LaneScope, WorkerScope } from './worker-scope.ts'

// The longest it stays away from the event loop, and how often it looks at the clock meanwhile.
const STINT_MS = 10
const LOOK_MS = 0.25
// The next run may take long although the last ones did not.
const MOST_UNLOOKED = 16
const LONGEST_MESSAGE = 500
// The originals: a component may replace the globals.
const laterTurn = setImmediate
const clock = performance.now.bind(performance)

/**
 * Runs slices of experiments: builds the context of each run, gives it its random numbers, reduces its metrics. A run
 * that fails is a failure of its block; only what ends the slice itself is an error.
 */
export class SliceRunner {
  readonly #lane: LaneScope
  #interval = 1
  #unlooked = 0
  #lookedAt = 0
  #awayUntil = 0
  /** The component, where there is nothing around it: it is then called from the loop itself. */
  #lone: LoadedComponent | undefined
  /** The run that is to be awaited. */
  #pending: Promise<void> | undefined

  constructor(lane: LaneScope) {
    this.#lane = lane
  }

  run(runner: ServiceRunner, experiment: OpenExperiment, slice: SliceContext, service: number, sequence: number) {
    const scope = new WorkerScope(this.#lane, slice, service, sequence)
    return runner.aroundSlice(slice, () => this.#runSlice(runner, experiment, slice, service, sequence), scope)
  }

  async #runSlice(
    runner: ServiceRunner,
    experiment: OpenExperiment,
    slice: SliceContext,
    service: number,
    sequence: number,
  ): Promise<SliceRecord> {
    const { from = 0, to = 0, budget_ms: budgetMs = Infinity } = slice
    const { layout } = experiment.setup.plan
    const records: BlockRecord[] = []
    experiment.tally.clear()
    this.#lone = runner.lone
    this.#lane.marks.enter(COMPONENT)
    const began = clock()
    const until = began + budgetMs
    this.#lookedAt = began
    this.#interval = 1
    this.#unlooked = 0
    this.#awayUntil = this.#lookedAt + STINT_MS
    for (let run = from; ;) {
      const block = blockAt(layout, blockOfRun(layout, run))
      const end = Math.min(block.to, to)
      const begin = run
      // A block that takes long is left in parts, so that others wait for no block, and little is lost with a worker.
      while (run < end && (this.#lookedAt < until || run === from)) {
        run = this.#runOn(runner, experiment, slice, run, end, service, sequence)
        if (this.#pending !== undefined) await this.#pending
        if (this.#unlooked < this.#interval) continue
        if (this.#lane.marks.isCancelled(sequence)) throw cancelled(slice)
        if (this.#look() >= this.#awayUntil) await this.#giveWay()
      }
      if (run > begin) records.push(experiment.tally.record(block.index, begin === block.from && run === block.to))
      if (run >= to || this.#lookedAt >= until) return { to: run, ms: clock() - began, records }
    }
  }

  /**
   * Runs from run `from` on, until the last before `end`, one that is to be awaited or the time to look at the clock, and
   * says where it is. What is asynchronous around it costs as much for one run as for several.
   */
  #runOn(
    runner: ServiceRunner,
    experiment: OpenExperiment,
    slice: SliceContext,
    from: number,
    end: number,
    service: number,
    sequence: number,
  ): number {
    let run = from
    this.#pending = undefined
    while (run < end && this.#pending === undefined) {
      this.#pending = this.#runOne(runner, experiment, slice, run++, service, sequence)
      if (++this.#unlooked >= this.#interval) break
    }
    return run
  }

  /** Runs one run; a promise where it has to be awaited. */
  #runOne(
    runner: ServiceRunner,
    experiment: OpenExperiment,
    slice: SliceContext,
    run: number,
    service: number,
    sequence: number,
  ): Promise<void> | undefined {
    const { setup, tally, shared, contextOf } = experiment
    this.#lane.marks.turn(run - slice.from!)
    const context = contextOf(run)
    const stream = streamOfRun(setup.plan.layout, setup.plan.seed, run)
    const scope = new WorkerScope(this.#lane, context, service, sequence, shared, stream)
    const began = setup.slowest > 0 ? clock() : 0
    const lone = this.#lone
    try {
      const result = lone === undefined ? runner.runOf(context, scope) : lone.component.execute(context, scope)
      if (isThenable(result)) return this.#await(result, experiment, run, context, scope, began)
      const missing = tally.take(result)
      if (missing !== undefined) tally.fail(noMetric(run, missing, result))
    } catch (thrown) {
      this.#failed(tally, run, context, scope, thrown)
    }
    if (setup.slowest > 0) tally.took(run, clock() - began)
    return undefined
  }

  async #await(
    pending: PromiseLike<unknown>,
    { setup, tally }: OpenExperiment,
    run: number,
    context: RoutedContext,
    scope: WorkerScope,
    began: number,
  ): Promise<void> {
    try {
      const result = await pending
      const missing = tally.take(result)
      if (missing !== undefined) tally.fail(noMetric(run, missing, result))
    } catch (thrown) {
      this.#failed(tally, run, context, scope, thrown)
    }
    if (setup.slowest > 0) tally.took(run, clock() - began)
  }

  #failed(tally: BlockTally, run: number, context: RoutedContext, scope: WorkerScope, thrown: unknown): void {
    if (scope.isOwnCancellation(thrown)) throw thrown
    const error = this.#lone === undefined ? thrown : failure(this.#lone, context, scope, thrown)
    tally.fail(failureOf(run, error))
  }

  /** Reads the clock, and decides after how many runs to do so again. */
  #look(): number {
    const now = clock()
    const perRun = (now - this.#lookedAt) / this.#unlooked
    this.#interval = Math.max(1, Math.min(Math.floor(LOOK_MS / perRun), 2 * this.#interval, MOST_UNLOOKED))
    this.#unlooked = 0
    this.#lookedAt = now
    return now
  }

  /** Lets messages, timers and what components left to do have their turn. */
  async #giveWay(): Promise<void> {
    await new Promise<void>((resolve) => laterTurn(resolve))
    this.#lookedAt = clock()
    this.#awayUntil = this.#lookedAt + STINT_MS
  }
}

function cancelled({ service_id: serviceId, request_id: requestId }: SliceContext): TroupeError {
  return new TroupeError('CANCELLED', 'The experiment was ended', { serviceId, requestId, outcome: 'failed' })
}

function failureOf(run: number, thrown: unknown): RunFailure {
  const code = isTroupeError(thrown) ? thrown.code : 'COMPONENT_FAILED'
  return { run, code, message: describeThrown(thrown).message.slice(0, LONGEST_MESSAGE) }
}

function noMetric(run: number, name: string, result: unknown): RunFailure {
  const isRecord = typeof result === 'object' && result !== null
  const value = isRecord && Object.hasOwn(result, name) ? (result as Record<string, unknown>)[name] : undefined
  const was = value === undefined ? 'is missing' : `is ${typeof value === 'number' ? value : kindOf(value)}`
  const fields = isRecord ? Object.keys(result).slice(0, 20).join(', ') : kindOf(result)
  const message = `Metric ${name} ${was}, and must be a finite number; the result is ${fields || 'empty'}`
  return { run, code: 'METRIC_INVALID', message: message.slice(0, LONGEST_MESSAGE) }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
