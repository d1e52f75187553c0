import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import type { ExperimentSummary, StopReport } from '../contract/experiment-summary.ts'
import { sketchAccuracy } from '../numerics/quantile-sketch.ts'
import { listDigest } from './experiment-digest.ts'
import type { ExperimentReduction } from './experiment-reduction.ts'

/** What an experiment is known by. */
export interface Identity {
  readonly name: string
  readonly plan: ExperimentPlan
  readonly digest: string
  readonly prepared?: unknown
  /** Whether it went on although something that its numbers depend on had changed. */
  readonly isForced: boolean
}

/** The summary of an experiment that has ended. */
export function summarise(
  { name, plan, digest, prepared, isForced }: Identity,
  reduction: ExperimentReduction,
  stopped: StopReport,
  environment: ExperimentSummary['environment'],
): ExperimentSummary {
  const { layout } = plan
  const irreproducible = reasonsOf(reduction, stopped, isForced)
  return {
    experiment: {
      name,
      service_id: plan.serviceId,
      seed: plan.seed,
      design: plan.design.method,
      points: layout.points,
      replications: layout.replications,
      block_size: layout.blockSize,
      antithetic: layout.antithetic,
      common_random_numbers: layout.commonRandomNumbers,
      quantile_accuracy: sketchAccuracy,
    },
    digest,
    numbers: listDigest(reduction.points),
    stopped_at: stopped,
    points: reduction.points,
    failures: { count: reduction.failed, listed: reduction.listed },
    reproducible: irreproducible.length === 0,
    irreproducible,
    ...(prepared !== undefined && { prepared }),
    environment,
  }
}

function reasonsOf(
  { endedBy: { clock, memory } }: ExperimentReduction,
  { reason }: StopReport,
  isForced: boolean,
): readonly string[] {
  const runs = (count: number) => (count === 1 ? '1 run' : `${count} runs`)
  return [
    ...(reason === 'budget' ? ['the budget of time ended the experiment'] : []),
    ...(clock > 0 ? [`timeout_ms ended ${runs(clock)}`] : []),
    ...(memory > 0 ? [`the limit of memory ended ${runs(memory)}`] : []),
    ...(isForced ? ['it was resumed by force after the experiment or its components had changed'] : []),
  ]
}
