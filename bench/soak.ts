import { parseArgs } from 'node:util'
import { soakCycles } from './soak/cycles.ts'
import { soakExperiment } from './soak/experiment.ts'
import { soakMemory } from './soak/memory.ts'
import { soakSupervision } from './soak/supervision.ts'

// `npm run soak [-- --part NAME]… [--seed N] [--supervised N] [--contexts N] [--runs N]`: ends with code 1 where a part finds a violation.

const { values } = parseArgs({
  options: {
    part: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    supervised: { type: 'string', default: '100000' },
    contexts: { type: 'string', default: '10000000' },
    runs: { type: 'string', default: '10000000' },
  },
})
const parts: Readonly<Record<string, () => Promise<boolean>>> = {
  supervision: () => soakSupervision(Number(values.seed), Number(values.supervised)),
  cycles: soakCycles,
  memory: () => soakMemory(Number(values.contexts)),
  experiment: () => soakExperiment(Number(values.runs)),
}
for (const name of values.part ?? Object.keys(parts)) {
  if (!Object.hasOwn(parts, name))
    throw new Error(`There is no part ${name}; there are ${Object.keys(parts).join(', ')}`)
  if (await parts[name]!()) continue
  process.stdout.write(`${name}: FAILED\n`)
  process.exitCode = 1
}
