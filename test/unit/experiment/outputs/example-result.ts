import type { MetricPlan, StatisticPlan } from '../../../../src/contract/experiment-plan.ts'
import type { ExperimentSummary, MetricSummary, RunFailure } from '../../../../src/contract/experiment-summary.ts'
import type { ExperimentResult, MetricPicture, TrailStep } from '../../../../src/experiment/experiment-result.ts'
import { experimentDigest } from '../../../../src/experiment/experiment-digest.ts'
import { parseExperiment } from '../../../../src/experiment/parse-experiment.ts'
import { Accumulator } from '../../../../src/numerics/accumulator.ts'
import type { BlockRecord } from '../../../../src/numerics/block-record.ts'
import { openDesign } from '../../../../src/numerics/design.ts'
import { varianceOf } from '../../../../src/numerics/moments.ts'
import { needsSketch, PointReduction } from '../../../../src/numerics/point-reduction.ts'
import type { RandomStream } from '../../../../src/numerics/random-stream.ts'
import { blockAt, blocksPerPoint, streamOfRun } from '../../../../src/numerics/run-layout.ts'
import { halfWidthOf, intervalOf } from '../../../../src/numerics/stopping-rule.ts'

/** One run: its metrics in their order, or why it failed. */
export type ExampleRun = (parameters: Record<string, unknown>, stream: RandomStream, run: number) => number[] | Failure
type Failure = Omit<RunFailure, 'run'>

export interface Example {
  readonly result: ExperimentResult
  readonly blocks: readonly BlockRecord[]
  readonly iterate: () => AsyncGenerator<BlockRecord>
}

/** An experiment computed here and now, without a supervisor. */
export function runExample(
  written: object,
  execute: ExampleRun,
  { name = 'example', prepared }: { readonly name?: string; readonly prepared?: unknown } = {},
): Example {
  const { plan } = parseExperiment(written, () => new Uint8Array())
  const { layout, metrics, seed } = plan
  const design = openDesign(plan.design, seed)
  const blocks: BlockRecord[] = []
  const pictures: MetricPicture[] = []
  const points: ExperimentSummary['points'][number][] = []
  for (let point = 0; point < layout.points; point++) {
    const reduction = new PointReduction(plan)
    const trails: TrailStep[][] = metrics.map(() => [])
    const parameters = design.parametersOf(point)
    for (let ordinal = 0; ordinal < blocksPerPoint(layout) && reduction.state === 'open'; ordinal++) {
      const block = computeBlock(point * blocksPerPoint(layout) + ordinal)
      blocks.push(block)
      reduction.take(ordinal, block)
      for (const [at, { moments }] of reduction.metrics.entries())
        if (moments.count > 1)
          trails[at]!.push({ runs: reduction.runs, mean: moments.mean, halfWidth: halfWidthOf(moments, 0.95) })
    }
    points.push({
      point,
      parameters,
      runs: reduction.runs,
      failed: reduction.failed,
      stopped: reduction.state === 'satisfied' ? 'interval' : 'replications',
      metrics: Object.fromEntries(
        metrics.map((metric, at) => [metric.name, summaryOf(metric, reduction.metrics[at]!)]),
      ),
    })
    for (const [at, metric] of metrics.entries())
      if (point < 24)
        pictures.push({
          point,
          metric: metric.name,
          trail: trails[at]!,
          sketch: reduction.metrics[at]!.toRecord().sketch,
        })
  }
  const failures = blocks.flatMap((block) => block.failures)
  const digest = experimentDigest(plan, {})
  const summary: ExperimentSummary = {
    experiment: {
      name,
      service_id: plan.serviceId,
      seed,
      design: plan.design.method,
      points: layout.points,
      replications: layout.replications,
      block_size: layout.blockSize,
      antithetic: layout.antithetic,
      common_random_numbers: layout.commonRandomNumbers,
      quantile_accuracy: 0.001,
    },
    digest,
    numbers: 'f'.repeat(64),
    stopped_at: { reason: 'complete', block: layout.points * blocksPerPoint(layout), elapsed_ms: 8_421 },
    points,
    failures: { count: failures.length, listed: failures.slice(0, 100) },
    reproducible: true,
    irreproducible: [],
    ...(prepared !== undefined && { prepared }),
    environment: { troupe: '0.1.0', node: 'v22.0.0', platform: 'linux x64', cpus: 2, workers: 2 },
  }
  const result: ExperimentResult = {
    plan,
    summary,
    pictures,
    slowest: [
      { run: 7, ms: 21.512 },
      { run: 0, ms: 3.25 },
    ],
    failures: failures.slice(0, 100),
  }
  return {
    result,
    blocks,
    async *iterate() {
      yield* blocks
    },
  }

  function computeBlock(index: number): BlockRecord {
    const block = blockAt(layout, index)
    const parameters = design.parametersOf(block.point)
    const rows = metrics.map(() => new Float64Array(block.to - block.from))
    const accumulators = metrics.map((metric) => new Accumulator(needsSketch(plan, metric)))
    const failed: RunFailure[] = []
    for (let run = block.from; run < block.to; run++) {
      const outcome = execute(parameters, streamOfRun(layout, seed, run), run)
      if (!Array.isArray(outcome)) failed.push({ run, ...outcome })
      for (const [at, row] of rows.entries()) {
        row[run - block.from] = Array.isArray(outcome) ? outcome[at]! : NaN
        if (Array.isArray(outcome)) accumulators[at]!.add(outcome[at]!)
      }
    }
    return {
      index,
      metrics: accumulators.map((accumulator) => accumulator.toRecord()),
      runs: block.to - block.from,
      failures: failed,
      rows,
    }
  }
}

function summaryOf({ statistics }: MetricPlan, accumulator: Accumulator): MetricSummary {
  const values = statistics.map((statistic) => [statistic.name, statisticOf(statistic, accumulator)] as const)
  return { n: accumulator.moments.count, ...Object.fromEntries(values) }
}

function statisticOf({ kind, probability = 0 }: StatisticPlan, accumulator: Accumulator): MetricSummary[string] {
  const { moments } = accumulator
  const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)
  switch (kind) {
    case 'mean':
      return moments.count === 0 ? null : moments.mean
    case 'sd':
      return orNull(Math.sqrt(varianceOf(moments)))
    case 'se':
      return orNull(Math.sqrt(varianceOf(moments) / moments.count))
    case 'min':
      return orNull(accumulator.min)
    case 'max':
      return orNull(accumulator.max)
    case 'quantile':
      return orNull(accumulator.quantile(probability))
    case 'interval': {
      const [low, high] = intervalOf(moments, probability)
      return [orNull(low), orNull(high)]
    }
  }
}

/** One path of a stock to its end: what a European call pays, discounted, and the price of the stock. */
export const europeanCall: ExampleRun = (parameters, stream) => {
  const { strike = 100, volatility = 0.2, rate = 0.03, years = 1 } = parameters as Record<string, number>
  const [normal] = stream.normals(new Float64Array(1))
  const price = 100 * Math.exp((rate - volatility ** 2 / 2) * years + volatility * Math.sqrt(years) * normal!)
  return [Math.exp(-rate * years) * Math.max(price - strike, 0), price]
}

/** Nine strikes by three volatilities. */
export const gridExperiment = {
  service_id: 'simulation',
  seed: 20260101,
  data: { payoff: 'european-call' },
  design: {
    method: 'grid',
    parameters: { strike: { linspace: [80, 120, 9] }, volatility: { values: [0.1, 0.2, 0.4] } },
  },
  replications: 4000,
  metrics: { payoff: ['mean', 'sd', 'ci95', 'p05', 'p50', 'p95'], price: ['mean', 'ci95'] },
  outputs: ['summary.json', 'runs.jsonl', 'runs.csv', 'runs.parquet'],
}
