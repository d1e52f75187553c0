import { componentRoot } from '../peers/troupe.ts'
import { Supervisor } from '../../src/index.ts'
import { workloadOf } from '../workloads.ts'

// What a waiting context takes, beyond the context itself: many of them behind lanes that are all blocked.

const [count, workers] = process.argv.slice(2).map(Number) as [number, number]
const plain = workloadOf('plain')
const contexts = Array.from({ length: count }, (_, index) => plain.contextAt(index))
// The caller keeps the promises; their slots are not the runtime's.
const promises = Array.from<Promise<unknown> | undefined>({ length: count }).fill(undefined)

const supervisor = await Supervisor.start(
  {
    services: {
      block: { module: './block.js', class: 'Block' },
      plain: { module: './task.js', class: 'Task', config: { service: 'plain' }, mailbox: 2 * count },
    },
  },
  { workers, root: componentRoot },
)
for (let lane = 0; lane < workers; lane++) void supervisor.execute({ service_id: 'block' }).catch(() => {})
await new Promise((resolve) => setTimeout(resolve, 500))

const before = heapUsed()
for (let index = 0; index < count; index++) promises[index] = supervisor.execute(contexts[index]!)
await new Promise((resolve) => setTimeout(resolve, 100))
const after = heapUsed()
const { waiting } = supervisor.stats().services['plain']!
if (waiting < 0.9 * count) throw new Error(`Only ${waiting} of ${count} contexts wait`)
process.stdout.write(`${(after - before) / count}\n`, () => process.kill(process.pid, 'SIGKILL'))

function heapUsed(): number {
  // The second collects what the first one's finalizers let go.
  globalThis.gc!()
  globalThis.gc!()
  const { heapUsed: heap, external } = process.memoryUsage()
  return heap + external
}
