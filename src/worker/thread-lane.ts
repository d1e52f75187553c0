import type { MessagePort } from 'node:worker_threads'
import { threadId } from 'node:worker_threads'
import type { LaneStart, ToLane } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import { LaneMarks } from '../kernel/lane-marks.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { containKill } from './contain-kill.ts'
import { LaneLoop } from './lane-loop.ts'

/** The exit code of a thread that ends after an error that nobody awaited. */
const ORPHANED = 70
/** That of a thread whose component closed the lane's port. */
const CLOSED = 1

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
  const close = port.close.bind(port)
  const exit = process.exit.bind(process)
  containKill(exit)
  const loop = new LaneLoop(setup, new LaneMarks(memory), post, close)
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
  // A component may reach the port. To close it ends the thread at once, before another context runs whose result would
  // be lost; and nothing makes the lane deaf, so that nobody waits for ever.
  Object.defineProperties(port, { close: { value: () => exit(CLOSED) }, removeAllListeners: { value: () => port } })
  return { ok: true, threadId }
}
