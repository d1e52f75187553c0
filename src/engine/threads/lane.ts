import { randomInt } from 'node:crypto'
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { RoutedContext } from '../../contract/context.ts'
import type { TamperedMessage, ToLane } from '../../contract/messages.ts'
import type { LaneSetup } from '../../contract/plan.ts'
import { isFromLane } from '../../kernel/lane-message.ts'
import { ASLEEP, LaneMarks } from '../../kernel/lane-marks.ts'
import { contextTag } from '../../kernel/rows/context-tag.ts'
import { RowReader } from '../../kernel/rows/row-reader.ts'
import { RowWriter } from '../../kernel/rows/row-writer.ts'
import { sharesObjects } from '../../kernel/shared-objects.ts'
import type { Lane, LaneEnd, LaneListener } from '../engine.ts'
import { LeasedThread } from './leased-thread.ts'

// Messages heard in one go, before other ports and timers get their turn.
const MOST_HEARD = 256
// How often it looks for a row before it asks for the time.
const LOOKS = 16

/**
 * A lane in a worker thread. It is gone when the thread's `exit` and the port's `close` were both seen. `close` comes
 * after every message that the thread posted, `exit` may come before them; so nothing that was posted is missed, however
 * the thread ended.
 */
export class ThreadLane implements Lane {
  readonly worker: number
  readonly marks = new LaneMarks()
  readonly #thread: LeasedThread
  readonly #seal = randomInt(2 ** 48 - 1)
  readonly #contexts = new RowWriter()
  readonly #results = new RowReader()
  readonly #port: MessagePort
  readonly #listener: LaneListener
  #shares = 0
  #wasAsleep = true
  #toRead = 1
  #drained = false
  #tampered: TamperedMessage | undefined
  #portClosed = false
  #ready = false

  private constructor(setup: LaneSetup, listener: LaneListener, port: MessagePort) {
    this.worker = setup.worker
    this.#listener = listener
    this.#thread = new LeasedThread(setup.worker, setup.thread, () => this.#goneWhenBoth())
    this.#port = port
    port.on('message', (message: unknown) => this.#hearAll(message))
    port.on('messageerror', () => this.#cannotRead())
    // Attached before anything can die: a listener added after the death may never be called.
    port.once('close', () => this.#closed())
    port.unref()
  }

  get threadId(): number {
    return this.#thread.threadId
  }

  /** Opens a lane in a thread of its own. */
  static async open(
    setup: LaneSetup,
    listener: LaneListener,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<ThreadLane> {
    const { port1, port2 } = new MessageChannel()
    const lane = new ThreadLane(setup, listener, port1)
    const { memory } = lane.marks
    try {
      await lane.#thread.start(
        {
          port: port2,
          memory,
          contexts: lane.#contexts.memory,
          results: lane.#results.memory,
          seal: lane.#seal,
          setup,
        },
        limitMs,
        signal,
      )
      lane.#ready = true
      return lane
    } catch (error) {
      port1.close()
      await lane.#thread.destroy()
      throw error
    }
  }

  send(
    service: number,
    first: number,
    contexts: readonly RoutedContext[],
    asRows: boolean,
    transfers?: readonly ArrayBuffer[],
  ): { sent: number; error?: unknown } {
    // A context must not overtake a value that was shared before it.
    const byPost = transfers !== undefined || this.marks.sharesTaken() !== this.#shares
    const rows = byPost ? 0 : this.#leaveRows(service, first, contexts, asRows)
    this.#wasAsleep = rows === 0 || this.marks.rouse() === ASLEEP
    if (rows > 0 && this.#wasAsleep) this.#post({ type: 'wake' })
    if (rows === contexts.length) return { sent: rows }
    for (let index = rows; index < contexts.length; index++) this.#contexts.pass((first + index) | 0)
    const { sent, error } = this.#sendMessages(service, (first + rows) | 0, contexts.slice(rows), asRows, transfers)
    return error === undefined ? { sent: rows + sent } : { sent: rows + sent, error }
  }

  /** Leaves the contexts in shared memory, up to the first that fits no row; returns how many. */
  #leaveRows(service: number, first: number, contexts: readonly RoutedContext[], asRows: boolean): number {
    const last = contexts.length - 1
    for (let index = 0; index <= last; index++) {
      const tag = contextTag(service, asRows, index === last)
      if (!this.#contexts.write(service, (first + index) | 0, tag, contexts[index])) return index
    }
    return contexts.length
  }

  #sendMessages(
    service: number,
    first: number,
    contexts: readonly RoutedContext[],
    asRows: boolean,
    transfers?: readonly ArrayBuffer[],
  ): { sent: number; error?: unknown } {
    // Structured clone keeps identity inside one message: contexts that share an object must cross apart.
    if (contexts.length > 1 && sharesObjects(contexts)) return this.#sendApart(service, first, contexts, asRows)
    const sending = this.#post({ type: 'chunk', service, first, contexts, asRows }, transfers)
    return sending ? { sent: 0, error: sending.error } : { sent: contexts.length }
  }

  #sendApart(
    service: number,
    first: number,
    contexts: readonly RoutedContext[],
    asRows: boolean,
  ): { sent: number; error?: unknown } {
    for (const [index, context] of contexts.entries()) {
      const sending = this.#post({ type: 'chunk', service, first: (first + index) | 0, contexts: [context], asRows })
      if (sending) return { sent: index, error: sending.error }
    }
    return { sent: contexts.length }
  }

  readRows(first: number, limit: number, each: (value: unknown) => void): number {
    const results = this.#results
    let count = 0
    this.#toRead = first
    while (count < limit && results.has(this.#toRead)) {
      const sequence = this.#toRead
      this.#toRead = (sequence + 1) | 0
      count++
      // Whoever hears of a result may cancel another context: what lies ready is then read on in there.
      each(results.take(sequence))
    }
    if (count > 0) results.release()
    return count
  }

  awaitRow(sequence: number, limitMs: number): boolean {
    if (this.#wasAsleep) return false
    const until = performance.now() + limitMs
    do {
      for (let look = 0; look < LOOKS; look++) if (this.#results.has(sequence)) return true
    } while (performance.now() < until)
    return false
  }

  abort(sequence: number): void {
    this.#post({ type: 'cancel', sequence })
  }

  load(service: number): void {
    this.#post({ type: 'load', service })
  }

  share(name: string, value: unknown): void {
    this.#shares++
    this.#post({ type: 'share', name, value })
  }

  ask(): void {
    this.#post({ type: 'ping', pulse: true })
  }

  hold(held: boolean): void {
    if (held) this.#port.ref()
    else this.#port.unref()
  }

  drain(): void {
    this.#post({ type: 'drain' })
  }

  kill(): void {
    this.#thread.terminate()
  }

  #post(message: ToLane, transfers?: readonly ArrayBuffer[]): { error: unknown } | undefined {
    try {
      this.#port.postMessage(message, transfers)
      return undefined
    } catch (error) {
      return { error }
    }
  }

  /** Hears one message, and those behind it: asking for each costs a third of what its event would. */
  #hearAll(message: unknown): void {
    this.#hear(message)
    for (let heard = 0; heard < MOST_HEARD; heard++) {
      const received = this.#receive()
      if (received === undefined) return
      if (received !== 'unreadable') this.#hear(received.message)
    }
  }

  #receive(): { message: unknown } | 'unreadable' | undefined {
    try {
      return receiveMessageOnPort(this.#port)
    } catch {
      // What could not be read is gone from the port, and what is behind it can be read.
      this.#cannotRead()
      return 'unreadable'
    }
  }

  #cannotRead(): void {
    this.#listener.unreadable()
    this.#post({ type: 'ping', pulse: false })
  }

  #hear(letter: unknown): void {
    const message = openLetter(letter, this.#seal)
    if (!isFromLane(message)) {
      this.#listener.noise()
      return
    }
    if (message.type === 'drained') this.#drained = true
    if (message.type === 'tampered') {
      this.#tampered = message
      // It ends itself; whatever a component has done to that, its end comes.
      this.kill()
      return
    }
    this.#listener.message(message)
  }

  #closed(): void {
    this.#portClosed = true
    // A component may have closed the port: the lane is of no use then, so its thread ends too.
    if (!this.#thread.hasExited && this.#ready) this.kill()
    this.#goneWhenBoth()
  }

  #goneWhenBoth(): void {
    const { hasExited, exitCode, ranOutOfMemory } = this.#thread
    if (!hasExited || !this.#portClosed || !this.#ready) return
    this.#ready = false
    const end: LaneEnd = {
      drained: this.#drained,
      exitCode,
      reason: reasonOf(this.#drained, ranOutOfMemory, this.#tampered, exitCode),
      culprit: this.#tampered?.service,
    }
    void this.#thread.destroy().then(() => this.#listener.gone(end))
  }
}

function reasonOf(
  drained: boolean,
  ranOutOfMemory: boolean,
  tampered: TamperedMessage | undefined,
  exitCode: number | undefined,
): string {
  if (drained) return 'drained'
  if (tampered) return tampered.why
  return ranOutOfMemory ? 'oom' : `exit code ${exitCode}`
}

/** What the lane sealed. A component shares its thread and may reach its port, but cannot know the seal. */
function openLetter(letter: unknown, seal: number): unknown {
  return Array.isArray(letter) && letter[0] === seal ? letter[1] : undefined
}
