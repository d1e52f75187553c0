import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { BenchCase, CaseResult } from './bench-case.ts'
import { simulation } from './cases/simulation.ts'
import { measure } from './measure.ts'
import { resultTable } from './result-table.ts'

const cases: readonly BenchCase[] = [simulation]

const usage = `Usage: npm run bench -- [--case NAME]… [--rounds N] [--json]
Cases: ${cases.map(({ name }) => name).join(', ')}`

try {
  const chosen = readArguments()
  if (chosen === undefined) console.log(usage)
  else await run(chosen)
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function run({ chosenCases, rounds, json }: Chosen): Promise<void> {
  const environment = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
  }
  const { node, platform, cpu, cores } = environment
  if (!json) console.log(`Node ${node}, ${platform}, ${cores} × ${cpu}; ${rounds} rounds, sides in turn`)
  const results: CaseResult[] = []
  for (const benchCase of chosenCases) {
    const result = await measure(benchCase, rounds)
    results.push(result)
    if (!json) console.log(`\n${resultTable(result)}`)
  }
  if (json) console.log(JSON.stringify({ environment, rounds, cases: results }, null, 2))
}

interface Chosen {
  readonly chosenCases: readonly BenchCase[]
  readonly rounds: number
  readonly json: boolean
}

function readArguments(): Chosen | undefined {
  const { values } = parseArgs({
    options: {
      case: { type: 'string', multiple: true },
      rounds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be an integer above 0, not ${values.rounds}`)
  const unknown = values.case?.find((name) => !cases.some((benchCase) => benchCase.name === name))
  if (unknown !== undefined) throw new Error(`no case "${unknown}"\n${usage}`)
  const chosenCases = cases.filter(({ name }) => values.case?.includes(name) ?? true)
  return { chosenCases, rounds, json: values.json }
}
