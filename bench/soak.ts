import { Command, Option } from 'commander'
import { soakCycles } from './soak/cycles.ts'
import { soakExperiment } from './soak/experiment.ts'
import { soakMemory } from './soak/memory.ts'
import { soakSupervision } from './soak/supervision.ts'
import { wholeNumber } from './whole-number.ts'

const parts: Readonly<Record<string, (options: Options) => Promise<boolean>>> = {
  supervision: ({ seed, supervised }) => soakSupervision(seed, supervised),
  cycles: soakCycles,
  memory: ({ contexts }) => soakMemory(contexts),
  experiment: ({ runs }) => soakExperiment(runs),
}

interface Options {
  readonly part?: readonly string[]
  readonly seed: number
  readonly supervised: number
  readonly contexts: number
  readonly runs: number
}

const options = new Command('npm run soak --')
  .description('Runs Troupe for long; ends with code 1 where a part finds a violation')
  .addOption(new Option('--part <name...>', 'only these').choices(Object.keys(parts)))
  .option('--seed <number>', 'of the faults', wholeNumber, 1)
  .option('--supervised <number>', 'contexts of the part supervision', wholeNumber, 100_000)
  .option('--contexts <number>', 'contexts of the part memory', wholeNumber, 10_000_000)
  .option('--runs <number>', 'runs of the part experiment', wholeNumber, 10_000_000)
  .parse()
  .opts<Options>()

for (const name of options.part ?? Object.keys(parts)) {
  if (await parts[name]!(options)) continue
  process.stdout.write(`${name}: FAILED\n`)
  process.exitCode = 1
}
