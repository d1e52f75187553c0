import { randomInt } from 'node:crypto'
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { ToActors, TurnMessage } from '../../contract/actor-messages.ts'
import type { RoutedContext } from '../../contract/context.ts'
import type { TamperedMessage, ToLane } from '../../contract/messages.ts'
import type { LaneSetup } from '../../contract/plan.ts'
import { isFromLane } from '../../kernel/lane-message.ts'
import { LaneMarks } from '../../kernel/lane-marks.ts'
import { RowReader } from '../../kernel/rows/row-reader.ts'
import type { Lane, LaneEnd, LaneListener, Sending } from '../engine.ts'
import { ContextSender } from './context-sender.ts'
import { reasonOf } from './end-reason.ts'
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
  readonly #sender = new ContextSender(this.marks, (message, transfers) => this.#post(message, transfers))
  readonly #results = new RowReader()
  readonly #port: MessagePort
  readonly #listener: LaneListener
  #isGarbled = false
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
          contexts: lane.#sender.memory,
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
  ): Sending {
    return this.#sender.send(service, first, contexts, asRows, transfers)
  }

  readRows(first: number, limit: number): readonly unknown[] {
    const results = this.#results
    const values: unknown[] = []
    for (let sequence = first; values.length < limit && results.has(sequence); sequence = (sequence + 1) | 0) {
      const value = this.#takeRow(sequence)
      if (value === undefined) break
      values.push(value)
    }
    if (values.length > 0) results.release()
    return values
  }

  /** `undefined` where what a thread has written cannot be read: it is ended then, since it is not to be trusted. */
  #takeRow(sequence: number): object | undefined {
    if (this.#isGarbled) return undefined
    try {
      return this.#results.take(sequence, this.#sender.ids.take(sequence))
    } catch {
      this.#isGarbled = true
      this.kill()
      return undefined
    }
  }

  awaitRow(sequence: number, limitMs: number): boolean {
    if (this.#sender.wasAsleep) return false
    const until = performance.now() + limitMs
    do {
      for (let look = 0; look < LOOKS; look++) if (this.#results.has(sequence)) return true
    } while (performance.now() < until)
    return false
  }

  abort(sequence: number): void {
    this.#post({ type: 'cancel', sequence })
  }

  tellActors(message: ToActors | TurnMessage, transfers?: readonly ArrayBuffer[]): { error: unknown } | undefined {
    return this.#post(message.type === 'turn' ? message : { type: 'actors', message }, transfers)
  }

  hear(): void {
    const received = this.#receive()
    if (received !== undefined && received !== 'unreadable') this.#hearAll(received.message)
  }

  load(service: number): void {
    this.#post({ type: 'load', service })
  }

  share(name: string, value: unknown): void {
    this.#sender.share(name, value)
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
    // Its result comes as no row.
    if (message.type === 'value' || message.type === 'failure' || message.type === 'skipped')
      this.#sender.ids.take(message.sequence)
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

/** What the lane sealed. A component shares its thread and may reach its port, but cannot know the seal. */
function openLetter(letter: unknown, seal: number): unknown {
  return Array.isArray(letter) && letter[0] === seal ? letter[1] : undefined
}
