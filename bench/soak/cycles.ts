import { Supervisor } from '../../src/index.ts'
import { componentRoot } from '../peers/troupe.ts'

// Two hundred supervisors, one after another: what each leaves behind would add up.

const CYCLES = 200
const WARM_UP = 20
const HEAP_BOUND_MB = 4
const config = { services: { plain: { module: './task.js', class: 'Task', config: { service: 'plain' } } } }

/** Starts and closes them; returns whether nothing was left. Needs --expose-gc. */
export async function soakCycles(): Promise<boolean> {
  let isClean = true
  const fail = (line: string): void => {
    isClean = false
    process.stdout.write(`  ${line}\n`)
  }
  const onWarning = (warning: Error) => fail(`${warning.name}: ${warning.message}`)
  process.on('warning', onWarning)
  let first = heap()
  let handles = 0
  const began = performance.now()
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    const supervisor = await Supervisor.start(config, { root: componentRoot, workers: 2, logLevel: 'silent' })
    const { zombies } = await supervisor.close()
    if (zombies > 0) fail(`cycle ${cycle}: ${zombies} threads did not end`)
    if (cycle !== WARM_UP) continue
    first = heap()
    // The streams of this process are opened when they are first needed.
    handles = process.getActiveResourcesInfo().length
  }
  await new Promise((resolve) => setImmediate(resolve))
  const grown = heap() - first
  const left = process.getActiveResourcesInfo().length - handles
  if (grown > HEAP_BOUND_MB) fail(`the heap grew by ${grown.toFixed(1)} MB, at most ${HEAP_BOUND_MB} are allowed`)
  if (left > 0) fail(`${left} handles are left: ${process.getActiveResourcesInfo().join(', ')}`)
  process.off('warning', onWarning)
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  process.stdout.write(
    `cycles: ${CYCLES} starts and closes in ${seconds} s, heap ${grown.toFixed(1)} MB more, ${left} handles left\n`,
  )
  return isClean
}

function heap(): number {
  globalThis.gc!()
  globalThis.gc!()
  return process.memoryUsage().heapUsed / 1e6
}
