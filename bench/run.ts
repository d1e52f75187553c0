import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { BenchCase, CaseResult, Settings } from './bench-case.ts'
import { actorCall } from './cases/actor-call.ts'
import { actorsMany } from './cases/actors-many.ts'
import { compute, computeSmall } from './cases/compute.ts'
import { dispatch } from './cases/dispatch.ts'
import { events } from './cases/events.ts'
import { growth } from './cases/growth.ts'
import { many, manyNested } from './cases/many.ts'
import { memory } from './cases/memory.ts'
import { middleware } from './cases/middleware.ts'
import { mixed } from './cases/mixed.ts'
import { paths } from './cases/paths.ts'
import { sweep } from './cases/sweep.ts'
import { roundTrip } from './cases/round-trip.ts'
import { simulation } from './cases/simulation.ts'
import { startup } from './cases/startup.ts'
import { measure } from './measure.ts'
import { measureApart } from './own-process.ts'
import { drawPicture } from './picture.ts'
import { markdownTable, resultTable, summaryLines } from './result-table.ts'
import { setSeed } from './workloads.ts'

const cases: readonly BenchCase[] = [
  dispatch,
  many,
  manyNested,
  roundTrip,
  compute,
  computeSmall,
  mixed,
  middleware,
  startup,
  memory,
  growth,
  actorCall,
  actorsMany,
  simulation,
  sweep,
  paths,
  events,
]

const usage = `Usage: npm run bench -- [--case NAME]… [--rounds N] [--seed N] [--quick] [--json] [--svg FILE] [--markdown FILE]
Cases: ${cases.map(({ name }) => name).join(', ')}`

try {
  const chosen = readArguments()
  if (chosen === undefined) console.log(usage)
  else await run(chosen)
} catch (error) {
  console.error('bench:', error)
  process.exitCode = 1
}

async function run({ chosenCases, settings, json, svg, markdown }: Chosen): Promise<void> {
  setSeed(settings.seed)
  const environment = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
  }
  const { node, platform, cpu, cores } = environment
  const machine = `Node ${node}, ${platform}, ${cores} × ${cpu}`
  const how = `${settings.workers} workers a side, ${settings.rounds} rounds, sides in turn; seed ${settings.seed}`
  if (!json) console.log(`${machine}\n${how}${settings.quick ? '\nQuick: these figures say nothing' : ''}`)
  const isAlone = chosenCases.length === 1
  const results: CaseResult[] = []
  for (const benchCase of chosenCases) {
    const result = isAlone ? await measure(benchCase, settings) : await measureApart(benchCase.name, settings)
    results.push(result)
    if (!json) console.log(`\n${resultTable(result)}`)
  }
  if (json) console.log(JSON.stringify({ environment, settings, cases: results }, null, 2))
  else console.log(`\n${summaryLines(results).join('\n')}`)
  if (markdown !== undefined) await writeFile(markdown, `${machine}; ${how}\n\n${markdownTable(results)}`)
  if (svg !== undefined) await writeFile(svg, drawPicture(results, `${machine}; medians of ${settings.rounds} rounds`))
}

interface Chosen {
  readonly chosenCases: readonly BenchCase[]
  readonly settings: Settings
  readonly json: boolean
  readonly svg: string | undefined
  readonly markdown: string | undefined
}

function readArguments(): Chosen | undefined {
  const { values } = parseArgs({
    options: {
      case: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      seed: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      svg: { type: 'string' },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const unknown = values.case?.find((name) => !cases.some((benchCase) => benchCase.name === name))
  if (unknown !== undefined) throw new Error(`no case "${unknown}"\n${usage}`)
  const settings = {
    rounds: integer('rounds', values.rounds ?? (values.quick ? '1' : '5')),
    // A new one in each run, so that nobody tunes against it.
    seed: integer('seed', values.seed ?? String(1 + Math.floor(Math.random() * 1_000_000))),
    quick: values.quick,
    workers: availableParallelism(),
  }
  return {
    chosenCases: cases.filter(({ name }) => values.case?.includes(name) ?? true),
    settings,
    json: values.json,
    svg: values.svg,
    markdown: values.markdown,
  }
}

function integer(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be an integer above 0, not ${text}`)
  return value
}
