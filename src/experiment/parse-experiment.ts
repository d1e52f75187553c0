import type { ExperimentPlan, MetricPlan, StopPlan } from '../contract/experiment-plan.ts'
import { parseShape } from '../contract/parse-services.ts'
import { bareCopy } from '../kernel/bare-object.ts'
import { deepFreeze } from '../kernel/deep-freeze.ts'
import { pointsOf } from '../numerics/design.ts'
import { defaultBlockSize } from '../numerics/run-layout.ts'
import { canonicalJson } from './canonical-json.ts'
import { numbersOf, readCsv } from './csv-table.ts'
import { hashOf } from './experiment-digest.ts'
import { ConfigFindings } from '../kernel/config-findings.ts'
import { type ExperimentConfig, experimentSchema } from './experiment-schema.ts'
import { parseStatistic, statisticNames } from './parse-statistic.ts'
import { type FileReader, planDesign } from './plan-design.ts'

/** Most points: the summary, which holds all of them, is made in memory. Replications cost none. */
const MOST_POINTS = 1_000_000

/** An experiment that is ready to run. */
export interface ParsedExperiment {
  readonly plan: ExperimentPlan
  /** The columns to share, by name. */
  readonly shared: ReadonlyMap<string, Float64Array>
  /** The SHA-256 of every file that the experiment names, by its path as written. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Reads an experiment from the value of its file. `bytesOf` gives the files that it names; what it throws is a problem of
 * the field that names the file. The same value and bytes give the same plan.
 *
 * @param source What the error calls the experiment: `Experiment /path/to/file.json`.
 * @throws TroupeError `CONFIG_INVALID` with every problem in `details`.
 */
export function parseExperiment(
  written: unknown,
  bytesOf: (path: string) => Uint8Array,
  source = 'The experiment',
): ParsedExperiment {
  const findings = new ConfigFindings()
  const bare = bareCopy(written)
  findings.addAll(bare.problems)
  const { output: config, problems } = parseShape(experimentSchema, bare.value)
  for (const { path, message, known } of problems) findings.add(path, message, known)
  findings.throwIfAny(source)

  const files: Record<string, string> = Object.create(null) as Record<string, string>
  const readFile: FileReader = (keys, path, read) => {
    try {
      const bytes = bytesOf(path)
      files[path] = hashOf(bytes)
      return read(bytes)
    } catch (error) {
      findings.add(keys, `cannot be read: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }
  const plan = planExperiment(config!, findings, readFile)
  const shared = readShared(plan, readFile)
  findings.throwIfAny(source)
  return { plan: deepFreeze(bareCopy(plan, Infinity).value as ExperimentPlan), shared, files: Object.freeze(files) }
}

function planExperiment(config: ExperimentConfig, findings: ConfigFindings, readFile: FileReader): ExperimentPlan {
  const { antithetic = false, replications = 1, max_failures: maxFailures, prepare } = config
  checkJson(config, findings)
  // Without a design there is one point, which adds nothing to the data.
  const design =
    config.design === undefined
      ? ({ method: 'list', points: [{}] } as const)
      : planDesign(config.design, findings, readFile)
  const points = pointsOf(design)
  for (const { message } of bareCopy({ [prepare?.into ?? '']: null }).problems)
    findings.add(['prepare', 'into'], message)
  const blockSize = config.block_size ?? defaultBlockSize(replications, antithetic)
  if (points === 0 && findings.isEmpty) findings.add(['design'], 'has no point')
  if (points > MOST_POINTS) findings.add(['design'], `has ${points} points, and can have at most ${MOST_POINTS}`)
  else if (!Number.isSafeInteger(points * replications))
    findings.add(['replications'], `and points make ${points * replications} runs, more than 2^53 - 1`)
  if (antithetic && replications % 2 === 1)
    findings.add(['replications'], 'must be even: antithetic runs come in pairs')
  if (antithetic && blockSize % 2 === 1) findings.add(['block_size'], 'must be even: antithetic runs come in pairs')
  const metrics = planMetrics(config.metrics, findings)
  return {
    serviceId: config.service_id,
    seed: config.seed ?? 0,
    shared: config.shared ?? {},
    ...(prepare !== undefined && {
      prepare: { serviceId: prepare.service_id, data: prepare.data ?? {}, into: prepare.into },
    }),
    data: config.data ?? {},
    design,
    layout: { points, replications, blockSize, antithetic, commonRandomNumbers: config.common_random_numbers ?? false },
    metrics,
    stop: planStop(config, replications, findings),
    ...(maxFailures !== undefined && { maxFailures }),
    outputs: [...new Set(config.outputs ?? ['summary.json'])],
  }
}

/** What is not JSON has no digest: numbers that are not finite come from programs, never from files. */
function checkJson(config: ExperimentConfig, findings: ConfigFindings): void {
  for (const key of ['data', 'prepare', 'design'] as const) {
    try {
      canonicalJson(config[key] ?? null)
    } catch (error) {
      findings.add([key], `must be plain JSON: ${(error as Error).message}`)
    }
  }
}

function planMetrics(metrics: ExperimentConfig['metrics'], findings: ConfigFindings): MetricPlan[] {
  if (Object.keys(metrics).length === 0) findings.add(['metrics'], 'must name at least one field of the results')
  return Object.entries(metrics).map(([name, names]) => ({
    name,
    statistics: names.flatMap((statistic, at) => {
      const parsed = parseStatistic(statistic)
      if (parsed !== undefined) return [parsed]
      const message = `${JSON.stringify(statistic)} is no statistic: mean, sd, se, min, max, ci95 or p05 would be`
      findings.add(['metrics', name, at], message, statisticNames, statistic)
      return []
    }),
  }))
}

function planStop({ stop, metrics }: ExperimentConfig, replications: number, findings: ConfigFindings): StopPlan {
  if (stop === undefined) return {}
  const { metric, half_width: absolute, relative_half_width: relative, budget_ms: budgetMs } = stop
  const { confidence = 0.95, min_replications: minimum } = stop
  const budget = budgetMs === undefined ? {} : { budgetMs }
  const widths = [absolute, relative].filter((width) => width !== undefined)
  if (metric === undefined && widths.length === 0) {
    if (budgetMs === undefined) findings.add(['stop'], 'must have a metric with its half_width, or budget_ms')
    for (const key of ['confidence', 'min_replications'] as const)
      if (stop[key] !== undefined) findings.add(['stop', key], 'needs a metric with its half_width')
    return budget
  }
  if (metric === undefined) findings.add(['stop', 'metric'], 'is missing')
  else if (!Object.hasOwn(metrics, metric))
    findings.add(['stop', 'metric'], `${JSON.stringify(metric)} is none of the metrics`, Object.keys(metrics), metric)
  if (widths.length !== 1) findings.add(['stop'], 'must have one of half_width and relative_half_width')
  if (minimum !== undefined && minimum > replications)
    findings.add(['stop', 'min_replications'], `must be at most the ${replications} replications, but is ${minimum}`)
  return {
    interval: {
      metric: metric ?? '',
      confidence,
      minReplications: minimum ?? Math.min(100, replications),
      halfWidth: widths[0] ?? 0,
      relative: absolute === undefined,
    },
    ...budget,
  }
}

function readShared({ shared }: ExperimentPlan, readFile: FileReader): ReadonlyMap<string, Float64Array> {
  const columns = new Map<string, Float64Array>()
  for (const [name, { csv, column }] of Object.entries(shared)) {
    const values = readFile(['shared', name], csv, (bytes) => numbersOf(readCsv(bytes), column))
    if (values !== undefined) columns.set(name, values)
  }
  return columns
}
