import type { Context } from '../../src/component.ts'
import { bestPeer, type BenchCase, type BenchSide, type OpenCase, type Settings, type Target } from '../bench-case.ts'
import { allAtOnce, checkOutcomes, plainLoop } from '../drive.ts'
import { perSecond } from '../measure.ts'
import { expectSpins, iterationsPerMillisecond, spinContext, spinning } from '../spin.ts'
import { openFleet } from './fleet.ts'

const bareThreads = 'bare threads, same loop'
const oneThread = 'plain loop, no thread'

function targets(atLeast: number): readonly Target[] {
  return [
    { what: 'to as many bare threads', variant: 'spin', against: bareThreads, atLeast },
    // Medians of equal sides differ by this much.
    { what: 'no peer ahead, by more than 1 %', variant: 'spin', against: bestPeer, atLeast: 0.99 },
    { what: 'to one thread', variant: 'spin', against: oneThread },
  ]
}

/** Contexts that are worth a thread of their own. */
export const compute: BenchCase = {
  name: 'compute',
  what: 'executeMany of contexts of 1 ms pure computation',
  targets: targets(0.97),
  open: (settings) => openCompute(1, 500, settings),
}

/** Contexts that are hardly worth one. */
export const computeSmall: BenchCase = {
  name: 'compute-small',
  what: 'executeMany of contexts of 50 µs pure computation',
  targets: targets(0.9),
  open: (settings) => openCompute(0.05, 8_000, settings),
}

async function openCompute(milliseconds: number, count: number, { quick, workers }: Settings): Promise<OpenCase> {
  const iterations = Math.round(iterationsPerMillisecond() * milliseconds)
  expectSpins(iterations)
  const contexts = Array.from({ length: quick ? count / 10 : count }, (_, index) => spinContext(index, iterations))
  const { supervisor, peers, bare, close } = await openFleet(workers, [spinning.name], workers)
  // Each bare thread gets all of its share at once: nothing but the loop is left to do.
  const share = Math.ceil(contexts.length / workers)
  const side = (
    name: string,
    kind: BenchSide['kind'],
    work: (part: readonly Context[]) => void | Promise<void>,
    part: readonly Context[] = contexts,
  ): BenchSide => ({ name, kind, sample: () => perSecond(part.length, () => work(part)) })
  const sides = [
    side('Troupe', 'troupe', async () => checkOutcomes(spinning, contexts, await supervisor.executeMany(contexts))),
    side(bareThreads, 'limit', () => bare.clone(spinning, contexts, share)),
    ...peers.map(({ name, execute }) => side(name, 'peer', () => allAtOnce(execute, spinning, contexts))),
    side(oneThread, 'baseline', (part) => plainLoop(spinning, part), contexts.slice(0, share)),
  ]
  return {
    variants: [
      {
        name: 'spin',
        note: `${iterations} iterations a context`,
        unit: 'contexts/s',
        better: 'more',
        // So few calls a sample: each side's own code is compiled only after several of them.
        warmUps: 8,
        // Ratios near 1 need more samples than those of 20.
        rounds: (asked) => asked + Math.floor(asked / 2),
        sides: () => sides,
      },
    ],
    close,
  }
}
