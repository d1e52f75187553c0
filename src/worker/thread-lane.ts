import { MessagePort, threadId } from 'node:worker_threads'
import type { LaneLease } from '../contract/lane-lease.ts'
import type { FromLane, LaneStart } from '../contract/messages.ts'
import { LaneMarks } from '../kernel/lane-marks.ts'
import { RowReader } from '../kernel/rows/row-reader.ts'
import { RowWriter } from '../kernel/rows/row-writer.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { BoundedOutput } from './bounded-output.ts'
import { containKill } from './contain-kill.ts'
import { LaneFaults } from './lane-faults.ts'
import { LaneLoop } from './lane-loop.ts'
import { PortEar } from './port-ear.ts'
import { ThreadGuard } from './thread-guard.ts'

/** The exit code of a thread that ends after an error that nobody awaited. */
const ORPHANED = 70
/** That of a thread whose component closed the lane's port. */
const CLOSED = 1

/**
 * Starts this thread's lane on the port that the supervisor hands over, and returns: Piscina's task ends here, the lane
 * lives on. An error is returned, not thrown, since Piscina would lose its text.
 */
export async function startLane(lease: LaneLease): Promise<LaneStart> {
  const { port, memory, contexts, results, seal, setup } = lease
  const marks = new LaneMarks(memory)
  marks.up()
  // The originals, before any component's code can replace them.
  const send = port.postMessage.bind(port)
  const faults = setup.fault && new LaneFaults(setup.fault)
  faults?.start()
  const sealed = (message: FromLane, transfers?: readonly ArrayBuffer[]) => send([seal, message], transfers)
  const post = faults?.aroundPost(sealed) ?? sealed
  const close = port.close.bind(port)
  const exit = process.exit.bind(process)
  containKill(exit)
  const output = new BoundedOutput(post)
  const rows = new RowWriter(results)
  const guard = new ThreadGuard(post, () => loop.flush())
  const loop: LaneLoop = new LaneLoop(setup, marks, post, {
    contexts: new RowReader(contexts),
    results: faults?.aroundRows(rows) ?? rows,
    guard,
    onDrained: close,
  })
  process.on('uncaughtException', (error) => {
    // It may be the lane's own: a component has changed what its code stands on.
    guard.look(undefined, true)
    post({ type: 'orphan', sequence: loop.current, error: toWireError(error) })
    exit(ORPHANED)
  })
  process.on('exit', () => {
    loop.flush()
    output.flush()
  })
  hideOtherPorts()
  // Without them nothing else keeps the thread while it loads.
  const awake = setInterval(() => {}, 2 ** 31 - 1)
  try {
    await loop.start()
  } catch (error) {
    loop.flush()
    return { ok: false, error: toWireError(error) }
  }
  guard.look(undefined, true)
  new PortEar(port, loop, marks, guard).listen()
  clearInterval(awake)
  // A component may reach the port. To close it ends the thread at once, before another context runs whose result would
  // be lost; and nothing makes the lane deaf, so that nobody waits for ever.
  Object.defineProperties(port, { close: { value: () => exit(CLOSED) }, removeAllListeners: { value: () => port } })
  return { ok: true, threadId }
}

/**
 * Takes the ports by which this thread was started out of the list of active handles. What a component posted on the
 * one for tasks would be heard by the library that keeps the thread, outside of anything that could catch what it does
 * about it: there, `undefined` for a reply ends the process.
 */
function hideOtherPorts(): void {
  const handles = (process as unknown as { _getActiveHandles?(): unknown[] })._getActiveHandles?.() ?? []
  for (const handle of handles) if (handle instanceof MessagePort) handle.unref()
}
