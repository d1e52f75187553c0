import { Supervisor } from '../../src/index.ts'
import type { BenchCase } from '../bench-case.ts'
import { runChild } from '../children/run-child.ts'
import type { Tally } from '../components/tally.ts'
import { perSecond } from '../measure.ts'
import { ComlinkThread } from '../peers/comlink.ts'
import { componentRoot } from '../peers/troupe.ts'
import { checkCount } from './actor-call.ts'

const LANES = 2
const WIDTH = 2_000

/** A great many actors, each of which has little to do. */
export const actorsMany: BenchCase = {
  name: 'actors-many',
  what: '100,000 actors on two workers: messages to all of them, and what an idle one takes',
  targets: [
    { what: "to bare Comlink threads'", variant: 'messages', against: 'bare Comlink', atLeast: 0.5 },
    { what: 'beyond its state, on both sides', variant: 'idle actor', atMost: 2_000 },
  ],
  async open({ quick }) {
    const keys = Array.from({ length: quick ? 2_000 : 100_000 }, (_, index) => `actor-${index}`)
    const tally = { module: './tally.js', class: 'Tally', actor: {} }
    const pools = { actors: { workers: LANES } }
    const supervisor = await Supervisor.start({ pools, services: { tally } }, { root: componentRoot })
    const actors = await Promise.all(keys.map((key) => supervisor.actor<Tally>('tally', key)))
    const bare = Array.from({ length: LANES }, () => new ComlinkThread())
    const rounds = { troupe: 0, bare: 0 }
    const few = (asked: number): number => Math.min(asked, 3)
    return {
      variants: [
        {
          name: 'messages',
          unit: 'messages/s',
          better: 'more',
          rounds: few,
          sides: () => [
            {
              name: 'Troupe',
              kind: 'troupe',
              sample: () => toAll(keys.length, ++rounds.troupe, (at) => actors[at]!.increment()),
            },
            {
              name: 'bare Comlink',
              kind: 'peer',
              sample: () =>
                toAll(keys.length, ++rounds.bare, (at) => bare[at % LANES]!.tally.incrementAt(keys[at]!, 1)),
            },
          ],
        },
        {
          name: 'idle actor',
          unit: 'bytes',
          better: 'less',
          rounds: few,
          warmUps: 0,
          sides: () => [{ name: 'Troupe', kind: 'troupe', sample: () => idleBytes(keys.length) }],
        },
      ],
      async close() {
        await Promise.all([supervisor.close(), ...bare.map((thread) => thread.close())])
      },
    }
  },
}

/** One message to each; every count is checked. */
function toAll(count: number, expected: number, send: (at: number) => Promise<number>): Promise<number> {
  let next = 0
  const loop = async (): Promise<void> => {
    while (next < count) checkCount(await send(next++), expected)
  }
  return perSecond(count, async () => void (await Promise.all(Array.from({ length: WIDTH }, loop))))
}

async function idleBytes(count: number): Promise<number> {
  const { line } = await runChild('idle-actors', ['--expose-gc'], [count, LANES])
  const bytes = Number(line)
  if (!Number.isFinite(bytes)) throw new Error(`idle-actors printed ${line}`)
  return bytes
}
