import { quantile } from '../../src/numerics/quantile.ts'
import { bestPeer, type BenchCase, type BenchSide } from '../bench-case.ts'
import { checkValue, type Execute } from '../drive.ts'
import type { Workload } from '../shapes/compile-shape.ts'
import { workloadOf } from '../workloads.ts'
import { openFleet } from './fleet.ts'

/** One context at a time, each awaited before the next leaves. */
export const roundTrip: BenchCase = {
  name: 'round-trip',
  what: 'execute, one context at a time, median latency',
  targets: [
    { what: "to Piscina's", variant: 'plain', against: 'Piscina', atMost: 0.2 },
    { what: "to the best peer's", variant: 'plain', against: bestPeer, atMost: 0.5 },
  ],
  async open({ quick, workers }) {
    const fleet = await openFleet(workers, ['plain'])
    const workload = workloadOf('plain')
    const trips = quick ? 200 : 2_000
    const side = (name: string, kind: BenchSide['kind'], execute: Execute): BenchSide => ({
      name,
      kind,
      sample: () => medianTrip(execute, workload, trips),
    })
    return {
      variants: [
        {
          name: 'plain',
          unit: 'µs',
          better: 'less',
          sides: () => [
            side('Troupe', 'troupe', (context) => fleet.supervisor.execute(context)),
            ...fleet.peers.map(({ name, execute }) => side(name, 'peer', execute)),
            { name: 'one bare thread', kind: 'limit', sample: () => medianBareTrip(fleet, workload, trips) },
          ],
        },
      ],
      close: () => fleet.close(),
    }
  },
}

async function medianTrip(execute: Execute, workload: Workload, trips: number): Promise<number> {
  const times = new Float64Array(trips)
  for (let trip = 0; trip < trips; trip++) {
    const context = workload.contextAt(trip)
    const started = performance.now()
    const value = await execute(context)
    times[trip] = performance.now() - started
    checkValue(workload, context, value)
  }
  return quantile(times.sort(), 0.5) * 1000
}

async function medianBareTrip(
  { bare }: Awaited<ReturnType<typeof openFleet>>,
  workload: Workload,
  trips: number,
): Promise<number> {
  const times = new Float64Array(trips)
  for (let trip = 0; trip < trips; trip++) {
    const contexts = [workload.contextAt(trip)]
    const started = performance.now()
    await bare.clone(workload, contexts)
    times[trip] = performance.now() - started
  }
  return quantile(times.sort(), 0.5) * 1000
}
