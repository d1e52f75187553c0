import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Simulation } from '../../components/simulation.ts'
import type { SimulationResult } from '../../components/simulation.ts'
import { createLocalScope } from '../local-scope.ts'
import { Supervisor } from '../../src/index.ts'
import type { BenchCase, BenchSide } from '../bench-case.ts'

const servicesFile = fileURLToPath(new URL('../../../services.json', import.meta.url))
const paths = 2_000
const contexts = Array.from({ length: 100 }, (_, index) => ({
  service_id: 'simulation',
  request_id: `bench-${index}`,
  seed: index,
  data: { paths },
}))

/** One-year daily paths: what the runtime costs against a plain loop, and what it gains with all cores. */
export const simulation: BenchCase = {
  name: 'simulation',
  unit: 'paths',
  async open() {
    const workers = availableParallelism()
    const one = await Supervisor.start(servicesFile, { workers: 1 })
    const all = await Supervisor.start(servicesFile, { workers })
    return {
      sides: [
        { name: 'plain loop, one thread', run: runPlainLoop },
        through(one, 'troupe, 1 worker'),
        through(all, `troupe, ${workers} worker${workers === 1 ? '' : 's'} (all cores)`),
      ],
      close: async () => void (await Promise.all([one.close(), all.close()])),
    }
  },
}

/** The component's own code, called on this thread without a runtime. */
function runPlainLoop(): number {
  const component = new Simulation()
  return check(contexts.map((context) => component.execute(context, createLocalScope(context.seed))))
}

function through(supervisor: Supervisor, name: string): BenchSide {
  return {
    name,
    async run() {
      const outcomes = await supervisor.executeMany(contexts)
      const results = outcomes.map((outcome) => {
        if (!outcome.ok) throw outcome.error
        return outcome.value as SimulationResult
      })
      return check(results)
    },
  }
}

let expected: number | undefined

/** All sides must come to the same numbers, or they did not do the same work. */
function check(results: readonly SimulationResult[]): number {
  const sum = results.reduce((total, result) => total + result.price, 0)
  expected ??= sum
  if (sum !== expected) throw new Error(`The sides of the case came to different prices: ${sum} and ${expected}`)
  return results.length * paths
}
