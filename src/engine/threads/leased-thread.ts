import { setTimeout as setTimeoutPromise } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { TroupeError } from '../../contract/errors.ts'
import type { LaneLease } from '../../contract/lane-lease.ts'
import type { LaneStart } from '../../contract/messages.ts'
import type { ThreadPlan } from '../../contract/plan.ts'
import { bareObject } from '../../kernel/bare-object.ts'
import { jsonPath } from '../../kernel/json-path.ts'
import { laneEntry } from '../../kernel/lane-entry.ts'
import { LaneMarks } from '../../kernel/lane-marks.ts'
import { describeThrown } from '../../kernel/thrown.ts'
import { fromWireError } from '../../kernel/wire-error.ts'

const DESTROY_LIMIT_MS = 2_000
const UP_INTERVAL_MS = 5

const TAKES_VALUE = /^(?:--(?:conditions|import|require)|-[Cr])$/
const FOR_THREADS =
  /^(?:--(?:conditions|import|require|no-warnings|enable-source-maps|preserve-symlinks)(?:=|$)|-[Cr]$)/

/**
 * One worker thread in a Piscina of its own, leased by one short task that hands over the lane's port: after that task
 * nothing of Piscina's keeps the process alive, and the thread can be replaced before it has gone.
 */
export class LeasedThread {
  readonly #pool: Piscina
  readonly #worker: number
  readonly #plan: ThreadPlan
  readonly #onExit: () => void
  #thread: Worker | undefined
  // Node forgets it when the thread ends, while what the thread has said is still being read.
  #threadId = -1
  #exitCode: number | undefined
  /** Why the thread ended or could not do its work, as it said last. */
  #error: unknown

  constructor(worker: number, plan: ThreadPlan, onExit: () => void) {
    this.#worker = worker
    this.#plan = plan
    this.#onExit = onExit
    // Every option is an own property, so that a polluted prototype cannot fill one in.
    this.#pool = new Piscina({
      filename: laneEntry.href,
      name: 'default',
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Infinity,
      concurrentTasksPerWorker: 1,
      maxQueue: 'auto',
      atomics: 'disabled',
      env: allowedEnvironment(plan.env),
      execArgv: [...(plan.execArgv ?? threadArguments(process.execArgv))],
      argv: [],
      resourceLimits: Object.assign(bareObject(), plan.resourceLimits),
      workerData: null,
      niceIncrement: 0,
      trackUnmanagedFds: true,
      recordTiming: false,
    })
    // Without a listener an error that no task awaits would end the process; `exit` tells the same.
    this.#pool.on('error', (error: unknown) => (this.#error = error))
  }

  get threadId(): number {
    return this.#threadId
  }

  /** `undefined` while the thread runs. */
  get exitCode(): number | undefined {
    return this.#exitCode
  }

  get hasExited(): boolean {
    return this.#exitCode !== undefined
  }

  get ranOutOfMemory(): boolean {
    return codeOf(this.#error) === 'ERR_WORKER_OUT_OF_MEMORY'
  }

  /**
   * Starts the thread and its lane.
   *
   * @throws {TroupeError} What the lane said; `CONFIG_INVALID` where its pool's flags are not for threads; or
   *   `WORKER_CRASHED` where the thread did not come up in time.
   */
  async start(lease: LaneLease, limitMs: number, signal: AbortSignal): Promise<void> {
    const limit = new AbortController()
    const marks = new LaneMarks(lease.memory)
    let waiting: NodeJS.Timeout | undefined
    // Node 20 ends the whole process where a thread is terminated while it loads the lane's entry: it comes up first.
    const giveUp = () => {
      if (marks.isUp()) limit.abort()
      else waiting = setTimeout(giveUp, UP_INTERVAL_MS)
    }
    signal.addEventListener('abort', giveUp)
    // Piscina remembers a failed bootstrap and lets the next task wait for ever, so the start has a limit of its own.
    const timer = setTimeout(() => limit.abort(), limitMs)
    try {
      const started = this.#pool.run(lease, { transferList: [lease.port], signal: limit.signal })
      const thread = this.#pool.threads[0]
      this.#thread = thread
      this.#threadId = thread?.threadId ?? -1
      thread?.once('exit', (code) => {
        this.#exitCode = code
        this.#error ??= new Error(`its thread exited with code ${code}`)
        this.#onExit()
        // Piscina would put another thread in its place, which would end no better.
        limit.abort()
      })
      const answer = (await started) as LaneStart
      if (!answer.ok) throw fromWireError(answer.error)
      if (this.hasExited) throw this.#error
    } catch (error) {
      if (error instanceof TroupeError) throw error
      if (this.#plan.execArgv && codeOf(error) === 'ERR_WORKER_INVALID_EXEC_ARGV') throw refusedFlags(this.#plan, error)
      const tooLate = limit.signal.aborted && !this.hasExited
      const why = signal.aborted ? 'it is not needed any more' : `it was not ready after ${limitMs} ms`
      const cause = tooLate ? new Error(why) : (this.#error ?? error)
      const message = `Worker ${this.#worker} could not be started: ${describeThrown(cause).message}`
      throw new TroupeError('WORKER_CRASHED', message, { outcome: 'not_started', cause })
    } finally {
      clearTimeout(timer)
      clearTimeout(waiting)
      signal.removeEventListener('abort', giveUp)
    }
  }

  /** Ends the thread; `exit` says when it has. */
  terminate(): void {
    // Rejects never; resolves with `exit`, which has its own listener.
    void this.#thread?.terminate()
  }

  /** Lets go of the pool. A thread that native code holds is not waited for: it ends only with that code. */
  async destroy(): Promise<void> {
    // Where no thread could be made its task was never handed out: to destroy the pool would reject it unheard.
    if (this.#thread === undefined) return
    const limit = new AbortController()
    await Promise.race([
      // The pool knows nothing any more of a thread whose start was given up.
      Promise.all([this.#pool.destroy().catch(ignored), this.#thread.terminate()]),
      setTimeoutPromise(DESTROY_LIMIT_MS, undefined, { ref: false, signal: limit.signal }).catch(ignored),
    ])
    limit.abort()
  }
}

// Flags of V8, of the inspector and of test runners are refused by threads or mean nothing to them. One that takes a
// value may have it in the argument behind it.
function threadArguments(execArgv: readonly string[]): string[] {
  return execArgv.filter((argument, index) => FOR_THREADS.test(argument) || TAKES_VALUE.test(execArgv[index - 1] ?? ''))
}

/** The environment, or of it what its pool's threads may see. */
function allowedEnvironment(names: readonly string[] | undefined): Record<string, string> {
  const { env } = process
  if (!names) return env as Record<string, string>
  // A name that is not set is left out; those of the prototype are no variables.
  return Object.fromEntries(names.filter((name) => Object.hasOwn(env, name)).map((name) => [name, env[name]!]))
}

/** Which flags those are is known to Node alone, so they are found out when the first thread is made. */
function refusedFlags({ pool }: ThreadPlan, cause: unknown): TroupeError {
  const path = jsonPath(['pools', pool, 'exec_argv'])
  const why = `holds flags that are not for worker threads, as those of V8: ${describeThrown(cause).message}`
  const fields = { outcome: 'not_started', cause, details: [{ path, message: why }] } as const
  return new TroupeError('CONFIG_INVALID', `${path} ${why}`, fields)
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code
}

function ignored(): void {}
