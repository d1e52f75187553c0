import { MessagePort, receiveMessageOnPort, threadId } from 'node:worker_threads'
import type { FromLane, LaneStart, ToLane } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import { LaneMarks } from '../kernel/lane-marks.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { containKill } from './contain-kill.ts'
import { LaneFaults } from './lane-faults.ts'
import { LaneLoop } from './lane-loop.ts'
import { AWAY_MS, POLL_MS, PollPolicy } from './poll-policy.ts'
import { ResultWriter } from './result-writer.ts'
import { ThreadGuard } from './thread-guard.ts'

/** What the supervisor hands over to start a lane. */
export interface LaneLease {
  readonly port: MessagePort
  readonly memory: SharedArrayBuffer
  readonly results: SharedArrayBuffer
  /** Goes before each message, so that the supervisor can tell the lane's from a component's. */
  readonly seal: number
  readonly setup: LaneSetup
}

/** The exit code of a thread that ends after an error that nobody awaited. */
const ORPHANED = 70
/** That of a thread whose component closed the lane's port. */
const CLOSED = 1

/**
 * Starts this thread's lane on the port that the supervisor hands over, and returns: Piscina's task ends here, the lane
 * lives on. An error is returned, not thrown, since Piscina would lose its text.
 */
export async function startLane(lease: LaneLease): Promise<LaneStart> {
  const { port, memory, results, seal, setup } = lease
  // The originals, before any component's code can replace them.
  const send = port.postMessage.bind(port)
  const faults = setup.fault && new LaneFaults(setup.fault)
  faults?.start()
  const sealed = (message: FromLane, transfers?: readonly ArrayBuffer[]) => send([seal, message], transfers)
  const post = faults?.aroundPost(sealed) ?? sealed
  const close = port.close.bind(port)
  const exit = process.exit.bind(process)
  containKill(exit)
  const rows = new ResultWriter(results, post)
  const guard = new ThreadGuard(post, () => loop.flush())
  const loop: LaneLoop = new LaneLoop(setup, new LaneMarks(memory), post, {
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
  process.on('exit', () => loop.flush())
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
  listen(port, loop, guard)
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

/** Hears the port by its event, and after back-to-back messages by asking it for a while before going back to wait. */
function listen(port: MessagePort, loop: LaneLoop, guard: ThreadGuard): void {
  const policy = new PollPolicy()
  port.on('message', (message: ToLane) => {
    // Timers and promises of components may have run since the last message.
    guard.look(undefined, true)
    policy.woken(performance.now())
    loop.receive(message)
    if (policy.worthIt && loop.isIdle) poll(port, loop, policy)
    if (loop.isIdle) policy.idle(performance.now())
  })
}

function poll(port: MessagePort, loop: LaneLoop, policy: PollPolicy): void {
  const away = performance.now() + AWAY_MS
  let until = performance.now() + POLL_MS
  for (let now = 0; now < until; now = performance.now()) {
    const received = receiveMessageOnPort(port)
    if (!received) continue
    loop.receive(received.message as ToLane)
    // What it does now is awaited, or timers and other ports have waited long enough.
    if (!loop.isIdle || performance.now() >= away) return
    until = performance.now() + POLL_MS
  }
  policy.missed()
}
