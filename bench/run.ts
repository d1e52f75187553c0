import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { Command, Option } from 'commander'
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
import { wholeNumber } from './whole-number.ts'
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

const {
  json,
  svg,
  markdown,
  case: names,
  ...chosen
} = new Command('npm run bench --')
  .description('Measures Troupe beside its peers, and says which targets are reached')
  .addOption(new Option('--case <name...>', 'only these').choices(cases.map(({ name }) => name)))
  .option('--rounds <number>', 'rounds of each case (5; 1 with --quick)', wholeNumber)
  // A new one in each run, so that nobody tunes against it.
  .option('--seed <number>', 'of the drawn shapes', wholeNumber, 1 + Math.floor(Math.random() * 1_000_000))
  .option('--quick', 'small sizes: whether it works, never how fast it is', false)
  .option('--json', 'every sample, for further work', false)
  .option('--svg <file>', 'where to draw the picture')
  .option('--markdown <file>', 'where to write the table of targets')
  .parse()
  .opts<Options>()

try {
  await run(
    cases.filter(({ name }) => names?.includes(name) ?? true),
    { ...chosen, rounds: chosen.rounds ?? (chosen.quick ? 1 : 5), workers: availableParallelism() },
  )
} catch (error) {
  console.error('bench:', error)
  process.exitCode = 1
}

async function run(chosenCases: readonly BenchCase[], settings: Settings): Promise<void> {
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

interface Options {
  readonly case?: readonly string[]
  readonly rounds?: number
  readonly seed: number
  readonly quick: boolean
  readonly json: boolean
  readonly svg?: string
  readonly markdown?: string
}
