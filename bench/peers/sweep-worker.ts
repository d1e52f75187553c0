import { parentPort } from 'node:worker_threads'
import type { ExperimentPlan } from '../../src/contract/experiment-plan.ts'
import { sweepBlocks } from '../sweep-loop.ts'

/** A share of an experiment's blocks, for a thread with nothing around it. */
export interface SweepShare {
  readonly plan: ExperimentPlan
  readonly first: number
  readonly end: number
}

const port = parentPort!

port.on('message', ({ plan, first, end }: SweepShare) => port.postMessage(sweepBlocks(plan, first, end)))
