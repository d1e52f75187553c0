import { type MessagePort, receiveMessageOnPort, threadId } from 'node:worker_threads'
import type { FromLane, LaneStart, ToLane } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import { ASLEEP, LaneMarks, POLLING } from '../kernel/lane-marks.ts'
import { RowReader } from '../kernel/rows/row-reader.ts'
import { RowWriter } from '../kernel/rows/row-writer.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { containKill } from './contain-kill.ts'
import { LaneLoop } from './lane-loop.ts'
import { AWAY_MS, POLL_MS, PollPolicy } from './poll-policy.ts'

/** What the supervisor hands over to start a lane. */
export interface LaneLease {
  readonly port: MessagePort
  readonly memory: SharedArrayBuffer
  readonly contexts: SharedArrayBuffer
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
  const { port, memory, contexts, results, seal, setup } = lease
  // The originals, before any component's code can replace them.
  const send = port.postMessage.bind(port)
  const post = (message: FromLane, transfers?: readonly ArrayBuffer[]) => send([seal, message], transfers)
  const close = port.close.bind(port)
  const exit = process.exit.bind(process)
  containKill(exit)
  const marks = new LaneMarks(memory)
  const rows = { contexts: new RowReader(contexts), results: new RowWriter(results) }
  const loop = new LaneLoop(setup, marks, post, close, rows)
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
  listen(port, loop, marks)
  // A component may reach the port. To close it ends the thread at once, before another context runs whose result would
  // be lost; and nothing makes the lane deaf, so that nobody waits for ever.
  Object.defineProperties(port, { close: { value: () => exit(CLOSED) }, removeAllListeners: { value: () => port } })
  return { ok: true, threadId }
}

// How often it looks for rows before it asks for the time and for messages, which costs ten times as much.
const LOOKS = 16

/** Hears the port by its event, and after back-to-back messages by asking it for a while before going back to wait. */
function listen(port: MessagePort, loop: LaneLoop, marks: LaneMarks): void {
  const policy = new PollPolicy()
  port.on('message', (message: ToLane) => {
    policy.woken(performance.now())
    loop.receive(message)
    if (policy.worthIt && loop.isIdle) poll(port, loop, marks, policy)
    if (loop.isIdle) policy.idle(performance.now())
  })
}

function poll(port: MessagePort, loop: LaneLoop, marks: LaneMarks, policy: PollPolicy): void {
  const away = performance.now() + AWAY_MS
  let until = performance.now() + POLL_MS
  loop.isPolled = true
  marks.attend(POLLING)
  for (let now = 0; now < until && loop.isIdle; now = performance.now()) {
    if (!hears(port, loop)) continue
    // Timers and other ports have waited long enough.
    if (performance.now() >= away) break
    until = performance.now() + POLL_MS
  }
  loop.isPolled = false
  // What it does now is awaited, or goes on in another turn.
  if (!loop.isIdle) return
  if (performance.now() >= until) policy.missed()
  marks.attend(ASLEEP)
  // What was left in between has a turn of its own: this one has lasted long enough.
  if (loop.hasRow) setImmediate(() => loop.goOn())
}

function hears(port: MessagePort, loop: LaneLoop): boolean {
  for (let look = 0; look < LOOKS; look++) if (loop.goOn()) return true
  const received = receiveMessageOnPort(port)
  if (received) loop.receive(received.message as ToLane)
  return received !== undefined
}
