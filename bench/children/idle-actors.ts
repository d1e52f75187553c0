import { Supervisor } from '../../src/index.ts'
import type { Tally } from '../components/tally.ts'
import { componentRoot } from '../peers/troupe.ts'

// What an actor takes that has nothing to do, in the heaps of the supervisor and of the workers, its state of one number
// included. The caller keeps no proxies: they are not the runtime's.

const [count, workers] = process.argv.slice(2).map(Number) as [number, number]
const supervisor = await Supervisor.start(
  {
    pools: { actors: { workers } },
    services: { tally: { module: './tally.js', class: 'Tally', actor: { max_live: count + workers } } },
  },
  { root: componentRoot },
)
// The first ones go to one worker each.
const witnesses = await Promise.all(
  Array.from({ length: workers }, (_, index) => supervisor.actor<Tally>('tally', `witness-${index}`)),
)
for (const witness of witnesses) await witness.increment()

const before = await heapsUsed()
let next = 0
const loop = async (): Promise<void> => {
  while (next < count) await (await supervisor.actor<Tally>('tally', `actor-${next++}`)).increment()
}
await Promise.all(Array.from({ length: 2_000 }, loop))
const after = await heapsUsed()
process.stdout.write(`${(after - before) / count}\n`, () => process.kill(process.pid, 'SIGKILL'))

async function heapsUsed(): Promise<number> {
  // What is collected late, such as proxies, is given a turn to go.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const inWorkers = await Promise.all(witnesses.map((witness) => witness.heapUsed()))
  globalThis.gc!()
  globalThis.gc!()
  const { heapUsed, external } = process.memoryUsage()
  return inWorkers.reduce((sum, used) => sum + used, heapUsed + external)
}
