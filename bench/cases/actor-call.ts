import { quantile } from '../../src/numerics/quantile.ts'
import { Supervisor } from '../../src/index.ts'
import type { BenchCase, BenchSide } from '../bench-case.ts'
import type { Tally } from '../components/tally.ts'
import { ComlinkThread } from '../peers/comlink.ts'
import { componentRoot } from '../peers/troupe.ts'

/** One call of an actor at a time, each awaited before the next leaves. */
export const actorCall: BenchCase = {
  name: 'actor-call',
  what: 'a call of an actor, one at a time, median latency',
  targets: [{ what: "to a bare Comlink thread's", variant: 'increment', against: 'bare Comlink', atMost: 1 }],
  async open({ quick }) {
    const calls = quick ? 200 : 2_000
    const tally = { module: './tally.js', class: 'Tally', actor: {} }
    const supervisor = await Supervisor.start({ services: { tally } }, { root: componentRoot })
    const actor = await supervisor.actor<Tally>('tally', 'one')
    const bare = new ComlinkThread()
    const side = (name: string, kind: BenchSide['kind'], increment: (by: number) => Promise<number>): BenchSide => {
      let count = 0
      return {
        name,
        kind,
        sample: () => medianCall(calls, async (by) => checkCount(await increment(by), (count += by))),
      }
    }
    return {
      variants: [
        {
          name: 'increment',
          unit: 'µs',
          better: 'less',
          sides: () => [
            side('Troupe', 'troupe', (by) => actor.increment(by)),
            side('bare Comlink', 'peer', (by) => bare.tally.increment(by)),
          ],
        },
      ],
      async close() {
        await Promise.all([supervisor.close(), bare.close()])
      },
    }
  },
}

async function medianCall(calls: number, call: (by: number) => Promise<void>): Promise<number> {
  const times = new Float64Array(calls)
  for (let at = 0; at < calls; at++) {
    const started = performance.now()
    await call(1 + (at % 3))
    times[at] = performance.now() - started
  }
  return quantile(times.sort(), 0.5) * 1000
}

/** Throws unless the count is right. */
export function checkCount(count: number, expected: number): void {
  if (count !== expected) throw new Error(`A wrong count: ${count}, not ${expected}`)
}
