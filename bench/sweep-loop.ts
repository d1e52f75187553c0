import { Accumulator, type AccumulatorRecord } from '../src/numerics/accumulator.ts'
import type { ExperimentPlan } from '../src/contract/experiment-plan.ts'
import { createRunContexts } from '../src/numerics/run-contexts.ts'
import { blockAt, streamOfRun } from '../src/numerics/run-layout.ts'
import { Trivial } from './components/trivial.ts'
import { createLocalScope } from './local-scope.ts'

/**
 * The blocks from `first` to below `end` of an experiment of `Trivial`, in a plain loop: the same contexts, the same
 * random numbers and the same reduction as the runtime's, and nothing else.
 */
export function sweepBlocks(plan: ExperimentPlan, first: number, end: number): readonly AccumulatorRecord[] {
  const { layout, seed } = plan
  const component = new Trivial()
  const contextOf = createRunContexts(plan, 'digest')
  const records: AccumulatorRecord[] = []
  for (let index = first; index < end; index++) {
    const block = blockAt(layout, index)
    const accumulator = new Accumulator(false)
    for (let run = block.from; run < block.to; run++) {
      const scope = createScope(plan, seed, run)
      accumulator.add(component.execute(contextOf(run), scope).x)
    }
    records.push(accumulator.toRecord())
  }
  return records
}

const nothing = createLocalScope(0)

/** A scope has a stream of its own for each run, as in a worker. */
function createScope({ layout }: ExperimentPlan, seed: number, run: number) {
  const stream = streamOfRun(layout, seed, run)
  return { ...nothing, random: () => stream.random() }
}

/** The mean over all blocks, merged in their order. */
export function meanOf(records: readonly AccumulatorRecord[]): number {
  const total = new Accumulator(false)
  for (const record of records) total.mergeRecord(record)
  return total.moments.mean
}
