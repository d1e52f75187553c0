import type { Context } from '../../src/component.ts'
import type { BenchSide, OpenCase, Settings, Variant } from '../bench-case.ts'
import { allAtOnce, checkOutcomes, keepInFlight, plainLoop } from '../drive.ts'
import { perSecond } from '../measure.ts'
import type { Workload } from '../shapes/compile-shape.ts'
import { describeShape, type Shape } from '../shapes/shape.ts'
import { shapesOf, workloadOf } from '../workloads.ts'
import { type Fleet, openFleet } from './fleet.ts'

/** How the contexts reach the sides. */
export interface CrowdOptions {
  readonly nested: boolean
  /** Singly, with so many in flight; without it, as batches. */
  readonly inFlight?: number
  /** Contexts of the plain shape in a sample of Troupe's. */
  readonly contexts: number
}

/** Contexts of a drawn shape in a sample of Troupe's, at most. */
const drawnContexts = 200_000

/** Many tiny contexts of one shape after another, through all sides. */
export async function openCrowd(options: CrowdOptions, { quick, workers }: Settings): Promise<OpenCase> {
  const shapes = shapesOf(options.nested)
  const fleet = await openFleet(
    workers,
    shapes.map(({ name }) => name),
  )
  const scale = quick ? 0.02 : 1
  const variants = shapes.map((shape, at): Variant => {
    const count = (at === 0 ? options.contexts : Math.min(options.contexts, drawnContexts)) * scale
    return {
      name: shape.name,
      note: describeShape(shape),
      unit: 'contexts/s',
      better: 'more',
      // The plain shape has two targets of its own.
      ...(at === 0 && { warmUps: 2 }),
      ...(at > 0 && { rounds: (asked: number) => Math.max(1, Math.ceil(asked / 2)) }),
      sides: () => crowdSides(fleet, shape, options, count, (at === 0 ? 0.25 : 0.15) * (quick ? 0.2 : 1)),
    }
  })
  return { variants, close: () => fleet.close() }
}

function crowdSides(
  { supervisor, peers, bare }: Fleet,
  shape: Shape,
  { inFlight }: CrowdOptions,
  count: number,
  /** A peer's sample takes about this long, whatever its pace. */
  seconds: number,
): readonly BenchSide[] {
  const workload = workloadOf(shape.name)
  const contexts = Array.from({ length: Math.round(count) }, (_, index) => workload.contextAt(index))
  const side = (
    name: string,
    kind: BenchSide['kind'],
    share: number,
    work: (workload: Workload, contexts: readonly Context[]) => void | Promise<void>,
  ): BenchSide => {
    const part = contexts.slice(0, Math.max(1, Math.round(share)))
    return { name, kind, sample: () => perSecond(part.length, () => work(workload, part)) }
  }
  const execute = (context: Context): Promise<unknown> => supervisor.execute(context)
  return [
    side('Troupe', 'troupe', count, async () => {
      if (inFlight !== undefined) await keepInFlight(execute, workload, contexts, inFlight)
      else checkOutcomes(workload, contexts, await supervisor.executeMany(contexts))
    }),
    ...peers.map((peer) =>
      side(peer.name, 'peer', peer.pace * seconds, (_, part) =>
        inFlight === undefined
          ? allAtOnce(peer.execute, workload, part)
          : keepInFlight(peer.execute, workload, part, inFlight),
      ),
    ),
    side('one bare thread, cloned chunks', 'limit', Math.min(count, 200_000), (_, part) => bare.clone(workload, part)),
    ...(shape.name === 'plain'
      ? [side('one bare thread, columns', 'limit', count, (_, part) => bare.columns(workload, part))]
      : []),
    side('plain loop, no thread', 'baseline', count, (_, part) => plainLoop(workload, part)),
  ]
}
