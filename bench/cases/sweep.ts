import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { parseExperiment } from '../../src/experiment/parse-experiment.ts'
import { Supervisor } from '../../src/index.ts'
import type { AccumulatorRecord } from '../../src/numerics/accumulator.ts'
import { blocksPerPoint } from '../../src/numerics/run-layout.ts'
import type { BenchCase, BenchSide } from '../bench-case.ts'
import { perSecond } from '../measure.ts'
import { hasGcc, hasPython, leftOut, type NativeProgram, openNativePrograms } from '../native-program.ts'
import { componentRoot } from '../peers/troupe.ts'
import type { SweepShare } from '../peers/sweep-worker.ts'
import { meanOf, sweepBlocks } from '../sweep-loop.ts'

const bareThreads = 'bare threads, same loop'

/** An experiment whose runs do next to nothing: what the runtime adds to each. */
export const sweep: BenchCase = {
  name: 'sweep',
  what: 'an experiment of a trivial component: one random number a run, its mean over all',
  targets: [{ what: 'to as many bare threads', variant: 'runs', against: bareThreads, atLeast: 0.9 }],
  async open({ quick, seed, workers }) {
    const runs = quick ? 100_000 : 12_000_000
    const experiment = { service_id: 'trivial', seed, replications: runs, metrics: { x: ['mean'] } }
    const { plan } = parseExperiment(experiment, () => new Uint8Array())
    const blocks = blocksPerPoint(plan.layout)
    const supervisor = await Supervisor.start(
      { services: { trivial: { module: './trivial.js', class: 'Trivial' } } },
      { root: componentRoot, workers },
    )
    const threads = Array.from(
      { length: workers },
      () => new Worker(new URL('../peers/sweep-worker.js', import.meta.url)),
    )
    const programs = openNativePrograms()
    const expected = meanOf(sweepBlocks(plan, 0, blocks))
    const side = (name: string, kind: BenchSide['kind'], mean: () => number | Promise<number>): BenchSide => ({
      name,
      kind,
      sample: () => perSecond(runs, async () => checkMean(name, await mean(), expected)),
    })
    const sides = [
      side('Troupe', 'troupe', async () => {
        const { points } = await supervisor.run(experiment)
        return points[0]!.metrics['x']!['mean'] as number
      }),
      side(bareThreads, 'limit', async () => {
        const share = Math.ceil(blocks / workers)
        const parts = await Promise.all(
          threads.map(async (thread, at) => {
            const work: SweepShare = { plan, first: at * share, end: Math.min((at + 1) * share, blocks) }
            thread.postMessage(work)
            const [records] = (await once(thread, 'message')) as [readonly AccumulatorRecord[]]
            return records
          }),
        )
        return meanOf(parts.flat())
      }),
      side('plain loop, no thread', 'baseline', () => meanOf(sweepBlocks(plan, 0, blocks))),
      ...(hasGcc ? [native('plain loop in C, one core', 'limit', programs.c('sweep'), runs, seed, expected)] : []),
      ...(hasPython
        ? [native('plain loop in Python, one core', 'baseline', programs.python('sweep'), runs / 50, seed)]
        : []),
    ]
    const note = leftOut === '' ? {} : { note: leftOut }
    return {
      variants: [{ name: 'runs', unit: 'runs/s', better: 'more', ...note, sides: () => sides }],
      async close() {
        programs.close()
        await Promise.all([supervisor.close(), ...threads.map((thread) => thread.terminate())])
      },
    }
  },
}

/** @param expected Where it draws the same numbers; otherwise the mean of uniform ones within six standard errors. */
function native(
  name: string,
  kind: BenchSide['kind'],
  program: NativeProgram,
  runs: number,
  seed: number,
  expected?: number,
): BenchSide {
  const sample = () => {
    const [nanoseconds = NaN, mean = NaN] = program(runs, seed)
    if (expected !== undefined) checkMean(name, mean, expected)
    else if (!(Math.abs(mean - 0.5) < 6 / Math.sqrt(12 * runs))) throw new Error(`${name} came to a mean of ${mean}`)
    return Promise.resolve((runs * 1e9) / nanoseconds)
  }
  return { name, kind, sample }
}

/** The same numbers, reduced in another order at most. */
function checkMean(name: string, mean: number, expected: number): void {
  if (!(Math.abs(mean / expected - 1) < 1e-12)) throw new Error(`${name} came to a mean of ${mean}, not ${expected}`)
}
