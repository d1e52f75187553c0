import {
  type DesignPlan,
  type Distribution,
  type GridParameter,
  type SampledParameter,
  sampledDesigns,
} from '../contract/experiment-plan.ts'
import { bareCopy } from '../kernel/bare-object.ts'
import { sobolDimensions } from '../numerics/sobol.ts'
import { pointsOfTable, readCsv } from './csv-table.ts'
import type { ConfigFindings } from '../kernel/config-findings.ts'
import type { DesignConfig, ParameterConfig } from './experiment-schema.ts'

/** Reads a file that the experiment names; a problem of `keys` if that fails. */
export type FileReader = <Value>(
  keys: readonly PropertyKey[],
  path: string,
  read: (bytes: Uint8Array) => Value,
) => Value | undefined

type Method = DesignConfig['method']

/** Farther from its mean no sample of a normal distribution can be: uniform numbers have 53 bits. */
const MOST_DEVIATIONS = 9

const kindsOfGrid = ['linspace', 'values'] as const
const kindsOfSamples = ['uniform', 'log_uniform', 'normal', 'integer', 'choice'] as const
const sources = ['points', 'csv', 'jsonl'] as const

/** The design that a config of the right shape describes; what does not fit together is found. */
export function planDesign(config: DesignConfig, findings: ConfigFindings, readFile: FileReader): DesignPlan {
  const { method } = config
  const isSampled = isSampledMethod(method)
  if (isSampled && config.samples === undefined)
    findings.add(['design', 'samples'], `is missing: ${method} needs to know how many`)
  if (!isSampled && config.samples !== undefined)
    findings.add(['design', 'samples'], `does not apply to ${method}, whose points are given`)
  if (method === 'list') return { method, points: listPoints(config, findings, readFile) }

  for (const source of sources)
    if (config[source] !== undefined) findings.add(['design', source], `does not apply to ${method}, only to list`)
  const parameters = Object.entries(config.parameters ?? {})
  if (parameters.length === 0) findings.add(['design', 'parameters'], `is missing: ${method} needs at least one`)
  if (!isSampled) return { method, parameters: parameters.map(([name, parameter]) => grid(name, parameter, findings)) }
  if (method === 'sobol' && parameters.length > sobolDimensions)
    findings.add(['design', 'parameters'], `are ${parameters.length}, more than the ${sobolDimensions} that sobol has`)
  return {
    method,
    samples: config.samples ?? 0,
    parameters: parameters.flatMap(([name, parameter]) => sample(name, parameter, method, findings)),
  }
}

function isSampledMethod(method: Method): method is (typeof sampledDesigns)[number] {
  return (sampledDesigns as readonly string[]).includes(method)
}

function grid(name: string, parameter: ParameterConfig, findings: ConfigFindings): GridParameter {
  onlyKind(name, parameter, kindsOfGrid, 'grid', findings)
  return { name, values: parameter.values ?? linspace(...(parameter.linspace ?? [0, 0, 1])) }
}

function linspace(first: number, last: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => {
    if (at === 0 || count === 1) return first
    if (at === count - 1) return last
    const value = first + ((last - first) * at) / (count - 1)
    // The difference of the ends may be beyond what a double holds.
    return Number.isFinite(value) ? value : first * (1 - at / (count - 1)) + last * (at / (count - 1))
  })
}

function sample(
  name: string,
  parameter: ParameterConfig,
  method: Method,
  findings: ConfigFindings,
): SampledParameter[] {
  const kind = onlyKind(name, parameter, kindsOfSamples, method, findings)
  const distribution = kind === undefined ? undefined : distributionOf(parameter)
  if (kind === undefined || distribution === undefined) return []
  const problem = problemOf(distribution)
  if (problem !== undefined) findings.add(['design', 'parameters', name, kind], problem)
  return [{ name, distribution }]
}

/** The one thing that a parameter says, if it says one thing and that fits the method. */
function onlyKind<Kind extends string>(
  name: string,
  parameter: ParameterConfig,
  allowed: readonly Kind[],
  method: Method,
  findings: ConfigFindings,
): Kind | undefined {
  const given = Object.keys(parameter)
  const keys = ['design', 'parameters', name]
  const wanted = `must be one of ${allowed.join(', ')}`
  if (given.length !== 1) {
    findings.add(keys, `${wanted}, but ${given.length === 0 ? 'says nothing' : `has ${given.join(' and ')}`}`)
    return undefined
  }
  const kind = allowed.find((candidate) => candidate === given[0])
  if (kind === undefined) findings.add([...keys, given[0]!], `does not apply to ${method}: ${wanted}`)
  return kind
}

function distributionOf(parameter: ParameterConfig): Distribution | undefined {
  const { uniform, log_uniform: logUniform, normal, integer, choice } = parameter
  if (choice !== undefined) return { kind: 'choice', values: choice }
  if (normal !== undefined) return { kind: 'normal', mean: normal[0], sd: normal[1] }
  if (uniform !== undefined) return { kind: 'uniform', from: uniform[0], to: uniform[1] }
  if (logUniform !== undefined) return { kind: 'logUniform', from: logUniform[0], to: logUniform[1] }
  return integer === undefined ? undefined : { kind: 'integer', from: integer[0], to: integer[1] }
}

function problemOf(distribution: Distribution): string | undefined {
  if (distribution.kind === 'choice') return undefined
  if (distribution.kind === 'normal') {
    const { mean, sd } = distribution
    if (sd < 0) return `must have a standard deviation of 0 or more, not ${sd}`
    return Number.isFinite(Math.abs(mean) + MOST_DEVIATIONS * sd) ? undefined : 'reaches beyond the greatest number'
  }
  const { kind, from, to } = distribution
  if (from > to) return `must rise, but goes from ${from} to ${to}`
  if (kind === 'logUniform' && from <= 0) return `must be above 0, but begins at ${from}`
  return kind === 'integer' && to - from > Number.MAX_SAFE_INTEGER ? 'spans more than 2^53 numbers' : undefined
}

function listPoints(config: DesignConfig, findings: ConfigFindings, readFile: FileReader): readonly Point[] {
  const given = sources.filter((source) => config[source] !== undefined)
  if (config.parameters !== undefined)
    findings.add(['design', 'parameters'], 'does not apply to list, whose points name their own')
  if (given.length !== 1) {
    findings.add(['design'], `must have one of ${sources.join(', ')}, but has ${given.join(' and ') || 'none'}`)
    return []
  }
  if (config.points !== undefined) return config.points
  const source = config.csv === undefined ? 'jsonl' : 'csv'
  const points =
    readFile(['design', source], config[source]!, (bytes) =>
      source === 'csv' ? pointsOfTable(readCsv(bytes)) : readLines(bytes),
    ) ?? []
  const bare = bareCopy(points)
  for (const { path, message } of bare.problems) findings.add(['design', source], `${path}: ${message}`)
  return bare.value as readonly Point[]
}

type Point = Readonly<Record<string, unknown>>

function readLines(bytes: Uint8Array): readonly Point[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const lines = text.split('\n').map((line, at) => ({ line, number: at + 1 }))
  return lines.filter(({ line }) => line.trim() !== '').map(({ line, number }) => point(line, number))
}

function point(line: string, number: number): Point {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new Error(`line ${number} is no JSON: ${(error as Error).message}`, { cause: error })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Point
  throw new Error(`line ${number} is no object`)
}
