import { fileURLToPath } from 'node:url'
import { Simulation } from '../../components/simulation.ts'
import type { SimulationResult } from '../../components/simulation.ts'
import { Supervisor } from '../../src/index.ts'
import type { BenchCase, BenchSide } from '../bench-case.ts'
import { createLocalScope } from '../local-scope.ts'
import { perSecond } from '../measure.ts'

const servicesFile = fileURLToPath(new URL('../../../services.json', import.meta.url))
const paths = 2_000

type SimulationContext = { readonly service_id: string; readonly request_id: string; readonly seed: number }

/** One-year daily paths: what the runtime costs against a plain loop, and what it gains with all cores. */
export const simulation: BenchCase = {
  name: 'simulation',
  what: 'one-year daily paths of the bundled simulation component',
  targets: [],
  async open({ quick, workers }) {
    const contexts = Array.from({ length: quick ? 10 : 100 }, (_, index) => ({
      service_id: 'simulation',
      request_id: `bench-${index}`,
      seed: index,
      data: { paths },
    }))
    const one = await Supervisor.start(servicesFile, { workers: 1 })
    const all = await Supervisor.start(servicesFile, { workers })
    let expected: number | undefined
    /** All sides must come to the same numbers, or they did not do the same work. */
    const check = (results: readonly SimulationResult[]): void => {
      const sum = results.reduce((total, result) => total + result.price, 0)
      expected ??= sum
      if (sum !== expected) throw new Error(`The sides of the case came to different prices: ${sum} and ${expected}`)
    }
    const side = (name: string, kind: BenchSide['kind'], work: () => void | Promise<void>): BenchSide => ({
      name,
      kind,
      sample: () => perSecond(contexts.length * paths, work),
    })
    const sides = [
      side('plain loop, no thread', 'baseline', () => check(runPlainLoop(contexts))),
      side('Troupe, 1 worker', 'troupe', async () => check(await runThrough(one, contexts))),
      side(`Troupe, ${workers} workers`, 'troupe', async () => check(await runThrough(all, contexts))),
    ]
    return {
      variants: [{ name: 'paths', unit: 'paths/s', better: 'more', sides: () => sides }],
      close: async () => void (await Promise.all([one.close(), all.close()])),
    }
  },
}

/** The component's own code, called on this thread without a runtime. */
function runPlainLoop(contexts: readonly SimulationContext[]): readonly SimulationResult[] {
  const component = new Simulation()
  return contexts.map((context) => component.execute(context, createLocalScope(context.seed)))
}

async function runThrough(
  supervisor: Supervisor,
  contexts: readonly SimulationContext[],
): Promise<readonly SimulationResult[]> {
  const outcomes = await supervisor.executeMany(contexts)
  return outcomes.map((outcome) => {
    if (!outcome.ok) throw outcome.error
    return outcome.value as SimulationResult
  })
}
