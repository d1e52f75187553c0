import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { RoutedContext } from '../../contract/context.ts'
import { TroupeError } from '../../contract/errors.ts'
import type { LaneStart, ToLane } from '../../contract/messages.ts'
import type { LaneSetup } from '../../contract/plan.ts'
import { isFromLane } from '../../kernel/lane-message.ts'
import { LaneMarks } from '../../kernel/lane-marks.ts'
import { sharesObjects } from '../../kernel/shared-objects.ts'
import { describeThrown } from '../../kernel/thrown.ts'
import { fromWireError } from '../../kernel/wire-error.ts'
import type { Lane, LaneEnd, LaneListener } from '../engine.ts'

const ENTRY = new URL('../../../workers/lane.js', import.meta.url)

const DESTROY_LIMIT_MS = 2_000

const TAKES_VALUE = /^(?:--(?:conditions|import|require)|-[Cr])$/
const FOR_THREADS =
  /^(?:--(?:conditions|import|require|no-warnings|enable-source-maps|preserve-symlinks)(?:=|$)|-[Cr]$)/

/** What the thread's entry is given to start its lane. */
export interface LaneLease {
  readonly port: MessagePort
  readonly memory: SharedArrayBuffer
  readonly setup: LaneSetup
}

/**
 * One worker thread, leased from a Piscina of its own by one short task that hands over the lane's port: after that
 * task nothing of Piscina's keeps the process alive, and the thread can be replaced before it has gone.
 *
 * The lane is gone when the thread's `exit` and the port's `close` were both seen. `close` comes after every message
 * that the thread posted, `exit` may come before them; so nothing that was posted is missed, however the thread ended.
 */
export class ThreadLane implements Lane {
  readonly worker: number
  readonly marks = new LaneMarks()
  readonly #pool: Piscina
  readonly #port: MessagePort
  readonly #listener: LaneListener
  readonly #lease: LaneLease
  #thread: Worker | undefined
  #drained = false
  #exitCode: number | undefined
  #exited = false
  #portClosed = false
  /** Why the thread ended or could not do its work, as it said last. */
  #error: unknown
  #ready = false

  private constructor(setup: LaneSetup, listener: LaneListener) {
    this.worker = setup.worker
    this.#listener = listener
    // Every option is an own property, so that a polluted prototype cannot fill one in.
    this.#pool = new Piscina({
      filename: ENTRY.href,
      name: 'default',
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Infinity,
      concurrentTasksPerWorker: 1,
      maxQueue: 'auto',
      atomics: 'disabled',
      env: process.env as Record<string, string>,
      execArgv: threadArguments(process.execArgv),
      argv: [],
      resourceLimits: {},
      workerData: null,
      niceIncrement: 0,
      trackUnmanagedFds: true,
      recordTiming: false,
    })
    // Without a listener an error that no task awaits would end the process; `exit` tells the same.
    this.#pool.on('error', (error: unknown) => (this.#error = error))
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.on('message', (message: unknown) => this.#hear(message))
    // Attached before anything can die: a listener added after the death may never be called.
    port1.once('close', () => this.#closed())
    port1.unref()
    this.#lease = { port: port2, memory: this.marks.memory, setup }
  }

  get threadId(): number {
    return this.#thread?.threadId ?? -1
  }

  /** Opens a lane in a thread of its own. */
  static async open(setup: LaneSetup, listener: LaneListener, limitMs: number): Promise<ThreadLane> {
    const lane = new ThreadLane(setup, listener)
    try {
      await lane.#start(limitMs)
      return lane
    } catch (error) {
      lane.#port.close()
      // Where no thread could be made its task was never handed out: to destroy the pool would reject it unheard.
      if (lane.#pool.threads.length === 0) throw error
      // A thread that hangs in native code ends only with that code: its end is not worth waiting for.
      const limit = new AbortController()
      await Promise.race([
        lane.#pool.destroy().catch(ignored),
        setTimeoutPromise(DESTROY_LIMIT_MS, undefined, { ref: false, signal: limit.signal }).catch(ignored),
      ])
      limit.abort()
      throw error
    }
  }

  async #start(limitMs: number): Promise<void> {
    const limit = new AbortController()
    // Piscina remembers a failed bootstrap and lets the next task wait for ever, so the start has a limit of its own.
    const timer = setTimeout(() => limit.abort(), limitMs)
    try {
      const started = this.#pool.run(this.#lease, { transferList: [this.#lease.port], signal: limit.signal })
      const thread = this.#pool.threads[0]
      this.#thread = thread
      thread?.once('exit', (code) => {
        this.#exit(code)
        // Piscina would put another thread in its place, which would end no better.
        limit.abort()
      })
      const answer = (await started) as LaneStart
      if (!answer.ok) throw fromWireError(answer.error)
      if (this.#exited) throw this.#error
      this.#ready = true
    } catch (error) {
      if (error instanceof TroupeError) throw error
      const tooLate = limit.signal.aborted && !this.#exited
      const cause = tooLate ? new Error(`it was not ready after ${limitMs} ms`) : (this.#error ?? error)
      const why = describeThrown(cause).message
      throw new TroupeError('WORKER_CRASHED', `Worker ${this.worker} could not be started: ${why}`, {
        outcome: 'not_started',
        cause,
      })
    } finally {
      clearTimeout(timer)
    }
  }

  send(service: number, first: number, contexts: readonly RoutedContext[]): { sent: number; error?: unknown } {
    // Structured clone keeps identity inside one message: contexts that share an object must cross apart.
    if (contexts.length > 1 && sharesObjects(contexts)) {
      for (let index = 0; index < contexts.length; index++) {
        const sending = this.#post({
          type: 'chunk',
          service,
          first: first + index,
          contexts: contexts.slice(index, index + 1),
        })
        if (sending) return { sent: index, error: sending.error }
      }
      return { sent: contexts.length }
    }
    const sending = this.#post({ type: 'chunk', service, first, contexts })
    return sending ? { sent: 0, error: sending.error } : { sent: contexts.length }
  }

  abort(sequence: number): void {
    this.#post({ type: 'cancel', sequence })
  }

  load(service: number): void {
    this.#post({ type: 'load', service })
  }

  hold(held: boolean): void {
    if (held) this.#port.ref()
    else this.#port.unref()
  }

  drain(): void {
    this.#post({ type: 'drain' })
  }

  kill(): void {
    // Rejects never; resolves with `exit`, which has its own listener.
    void this.#thread?.terminate()
  }

  #post(message: ToLane): { error: unknown } | undefined {
    try {
      this.#port.postMessage(message)
      return undefined
    } catch (error) {
      return { error }
    }
  }

  #hear(message: unknown): void {
    if (!isFromLane(message)) {
      this.#listener.noise()
      return
    }
    if (message.type === 'drained') this.#drained = true
    this.#listener.message(message)
  }

  #exit(code: number): void {
    this.#exited = true
    this.#exitCode = code
    this.#error ??= new Error(`its thread exited with code ${code}`)
    this.#goneWhenBoth()
  }

  #closed(): void {
    this.#portClosed = true
    // A component may have closed the port: the lane is of no use then, so its thread ends too.
    if (!this.#exited && this.#ready) this.kill()
    this.#goneWhenBoth()
  }

  #goneWhenBoth(): void {
    if (!this.#exited || !this.#portClosed || !this.#ready) return
    this.#ready = false
    const oom = (this.#error as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
    const reason = this.#drained ? 'drained' : oom ? 'oom' : `exit code ${this.#exitCode}`
    const end: LaneEnd = { drained: this.#drained, exitCode: this.#exitCode, reason }
    this.#pool.destroy().then(
      () => this.#listener.gone(end),
      () => this.#listener.gone(end),
    )
  }
}

// Flags of V8, of the inspector and of test runners are refused by threads or mean nothing to them. One that takes a
// value may have it in the argument behind it.
function threadArguments(execArgv: readonly string[]): string[] {
  return execArgv.filter((argument, index) => FOR_THREADS.test(argument) || TAKES_VALUE.test(execArgv[index - 1] ?? ''))
}

function ignored(): void {}
