import type { RoutedContext } from '../contract/context.ts'
import { EXPERIMENT, EXPERIMENT_SHARE, type ExperimentSetup, type SliceContext } from '../contract/experiment-slice.ts'
import { TroupeError } from '../contract/errors.ts'
import { BlockTally } from '../numerics/block-tally.ts'
import { streamOfPreparation, streamOfRun } from '../numerics/run-layout.ts'
import { createRunContexts } from '../numerics/run-contexts.ts'
import type { OpenExperiment } from './open-experiment.ts'
import type { ServiceRunner } from './service-runner.ts'
import { SliceRunner } from './slice-runner.ts'
import { type LaneScope, WorkerScope } from './worker-scope.ts'

/** The experiments that a lane has been told of, and the contexts that belong to them. */
export class Experiments {
  readonly #lane: LaneScope
  readonly #slices: SliceRunner
  readonly #open = new Map<string, OpenExperiment>()

  constructor(lane: LaneScope) {
    this.#lane = lane
    this.#slices = new SliceRunner(lane)
  }

  /** Takes in a shared value whose name says that it is an experiment; `undefined` ends it. */
  put(name: string, value: unknown): void {
    const key = name.slice(EXPERIMENT_SHARE.length)
    if (value === undefined) {
      this.#open.delete(key)
      return
    }
    const setup = value as ExperimentSetup
    let { shared } = this.#lane
    for (const [column, numbers] of setup.columns) shared = shared.with(column, numbers)
    this.#open.set(key, {
      setup,
      contextOf: createRunContexts(setup.plan, setup.digest, setup.prepared),
      tally: new BlockTally(setup.plan, setup.slowest),
      shared,
    })
  }

  /** Runs a context that belongs to an experiment: its preparation, or a slice of its runs. */
  run(runner: ServiceRunner, context: SliceContext, service: number, sequence: number): unknown {
    const experiment = this.#open.get(context[EXPERIMENT])
    if (experiment === undefined) {
      const message = `Context of ${context.service_id} belongs to an experiment that is not known here`
      const about = { serviceId: context.service_id, requestId: context.request_id }
      throw new TroupeError('CONTEXT_INVALID', message, about)
    }
    if (context.from !== undefined) return this.#slices.run(runner, experiment, context, service, sequence)
    const { [EXPERIMENT]: _, ...own } = context
    const { shared, setup } = experiment
    const { layout, seed } = setup.plan
    // One run alone draws what it drew among the others; the preparation draws what none of them does.
    const { run } = own
    const stream = typeof run === 'number' ? streamOfRun(layout, seed, run) : streamOfPreparation(seed)
    return runner.run(own, new WorkerScope(this.#lane, own, service, sequence, shared, stream))
  }
}

/** Whether a context belongs to an experiment. */
export function isOfExperiment(context: RoutedContext): context is SliceContext {
  return typeof context[EXPERIMENT] === 'string'
}

/** Whether a shared value is an experiment. */
export function isExperimentShare(name: string): boolean {
  return name.startsWith(EXPERIMENT_SHARE)
}
