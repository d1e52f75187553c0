import type { MessagePort } from 'node:worker_threads'
import { threadId } from 'node:worker_threads'
import type { LaneStart, ToLane } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import { LaneMarks } from '../kernel/lane-marks.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { LaneLoop } from './lane-loop.ts'

/** The exit code of a thread that ends after an error that nobody awaited. */
const ORPHANED = 70

/**
 * Starts this thread's lane on the port that the supervisor hands over, and returns: Piscina's task ends here, the lane
 * lives on. An error is returned, not thrown, since Piscina would lose its text.
 */
export async function startLane(lease: {
  port: MessagePort
  memory: SharedArrayBuffer
  setup: LaneSetup
}): Promise<LaneStart> {
  const { port, memory, setup } = lease
  // The originals, before any component's code can replace them.
  const post = port.postMessage.bind(port)
  const exit = process.exit.bind(process)
  const loop = new LaneLoop(setup, new LaneMarks(memory), post, () => port.close())
  process.on('uncaughtException', (error) => {
    post({ type: 'orphan', sequence: loop.current, error: toWireError(error) })
    exit(ORPHANED)
  })
  process.on('exit', () => loop.flush())
  try {
    await loop.start()
  } catch (error) {
    loop.flush()
    return { ok: false, error: toWireError(error) }
  }
  port.on('message', (message: ToLane) => loop.receive(message))
  return { ok: true, threadId }
}
