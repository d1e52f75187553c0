import { quantile } from '../../src/numerics/quantile.ts'
import { streamOfSeed } from '../../src/numerics/random-stream.ts'
import type { Context } from '../../src/component.ts'
import { bestPeer, type BenchCase, type BenchSide } from '../bench-case.ts'
import { checkValue, type Execute } from '../drive.ts'
import { expectSpins, iterationsPerMillisecond, spinContext, spinning } from '../spin.ts'
import { openFleet } from './fleet.ts'

const slowShare = 0.01
const slowMs = 20
const quickMs = 0.02
/** How much of what the workers could compute is offered. */
const load = 0.4

/** When each context is due, in milliseconds from the start, and whether it is a slow one. */
interface Offer {
  readonly dueAt: Float64Array
  readonly contexts: readonly Context[]
  readonly isSlow: readonly boolean[]
}

/** Whether quick contexts suffer from slow ones. */
export const mixed: BenchCase = {
  name: 'mixed',
  what: `1 % of contexts take 20 ms, the rest 20 µs, offered at ${load * 100} % of what the workers can do; p99 of the quick`,
  targets: [{ what: "p99 of the quick ones to the best peer's", variant: 'quick', against: bestPeer, atMost: 1 }],
  async open({ quick, seed, workers }) {
    const fleet = await openFleet(workers, [spinning.name])
    const seconds = quick ? 0.3 : 1.5
    const side = (name: string, kind: BenchSide['kind'], execute: Execute): BenchSide => {
      let turn = 0
      // In one round, all sides are offered the same.
      return { name, kind, sample: () => slowestQuick(execute, offer(workers, seconds, seed, turn++)) }
    }
    const sides = [
      side('Troupe', 'troupe', (context) => fleet.supervisor.execute(context)),
      ...fleet.peers.map(({ name, execute }) => side(name, 'peer', execute)),
    ]
    return { variants: [{ name: 'quick', unit: 'ms, p99', better: 'less', sides: () => sides }], close: fleet.close }
  },
}

/** Arrivals at random, at a fixed rate: who is slow gets no fewer. */
function offer(workers: number, seconds: number, seed: number, turn: number): Offer {
  const stream = streamOfSeed(seed, 1_000 + turn)
  const perMs = (load * workers) / (slowShare * slowMs + (1 - slowShare) * quickMs)
  const count = Math.round(perMs * seconds * 1000)
  const [slow, quick] = [slowMs, quickMs].map((ms) => Math.round(iterationsPerMillisecond() * ms)) as [number, number]
  expectSpins(slow)
  expectSpins(quick)
  const dueAt = new Float64Array(count)
  let due = 0
  for (let index = 0; index < count; index++) dueAt[index] = due += -Math.log(1 - stream.random()) / perMs
  const isSlow = Array.from({ length: count }, () => stream.random() < slowShare)
  return { dueAt, isSlow, contexts: isSlow.map((one, index) => spinContext(index, one ? slow : quick)) }
}

/** The 99th percentile of the time from when a quick context was due until its result was there. */
async function slowestQuick(execute: Execute, { dueAt, contexts, isSlow }: Offer): Promise<number> {
  const latencies: number[] = []
  const pending: Promise<void>[] = []
  const started = performance.now()
  const send = async (index: number): Promise<void> => {
    const value = await execute(contexts[index]!)
    if (!isSlow[index]) latencies.push(performance.now() - started - dueAt[index]!)
    checkValue(spinning, contexts[index]!, value)
  }
  // A timer, since a loop that never sleeps would take a core from the workers.
  for (let next = 0; next < contexts.length; await new Promise((resolve) => setTimeout(resolve, 1))) {
    const now = performance.now() - started
    while (next < contexts.length && dueAt[next]! <= now) pending.push(send(next++))
  }
  await Promise.all(pending)
  return quantile(Float64Array.from(latencies).sort(), 0.99)
}
