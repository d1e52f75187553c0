import type { RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { ChunkMessage, FromLane, ToLane } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import { composeMiddleware } from '../kernel/compose.ts'
import { createLog } from '../kernel/create-log.ts'
import { Fifo } from '../kernel/fifo.ts'
import type { LaneMarks } from '../kernel/lane-marks.ts'
import { loadMiddleware } from '../kernel/load-middleware.ts'
import { isThenable } from '../kernel/thenable.ts'
import { findUnclonable } from '../kernel/unclonable.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { loadStockMiddleware } from '../middleware/stock.ts'
import { MiddlewareStats } from './middleware-stats.ts'
import { RecordBuffer } from './record-buffer.ts'
import { ServiceRunner } from './service-runner.ts'
import { type LaneScope, WorkerScope } from './worker-scope.ts'

/** Posts to the supervisor; throws what structured clone throws, and then nothing was posted. */
type LanePost = (message: FromLane) => void

// The longest the loop stays away from the event loop while contexts keep coming.
const STINT_MS = 10

/**
 * The worker's side of a lane: takes chunks and runs their contexts one at a time, `await` included, in the order in
 * which they came. An outcome is posted before the next context is marked as started (the twin that classifies what a
 * dead lane leaves behind is `supervisor/seat.ts`).
 */
export class LaneLoop {
  readonly #setup: LaneSetup
  readonly #marks: LaneMarks
  readonly #post: LanePost
  readonly #scope: LaneScope
  readonly #records: RecordBuffer
  readonly #chunks = new Fifo<ChunkMessage>()
  #runners: ServiceRunner[] = []
  #stats: MiddlewareStats | undefined
  #offset = 0
  #busy = false
  #draining = false
  #onDrained: (() => void) | undefined
  /** The sequence of the last context that started, for errors that nobody awaited. */
  current: number | undefined

  constructor(setup: LaneSetup, marks: LaneMarks, post: LanePost, onDrained?: () => void) {
    this.#setup = setup
    this.#marks = marks
    this.#post = post
    this.#onDrained = onDrained
    this.#records = new RecordBuffer(marks, post)
    this.#scope = {
      worker: setup.worker,
      marks,
      records: this.#records,
      logThreshold: setup.logThreshold,
      post,
      controllers: new Map(),
    }
  }

  /** Loads the worker-side middleware and what is to be loaded ahead. */
  async start(): Promise<void> {
    const { services, middleware, root, logThreshold } = this.#setup
    const log = createLog(logThreshold, (level, fields, message) => this.#records.push(level, fields, message, -1, ''))
    const host = { side: 'worker', services: new Map(services.map((service) => [service.id, service])), log } as const
    const entries = await Promise.all(
      middleware.map(async (plan) =>
        plan.side === 'worker' ? await loadMiddleware(plan, root, host, loadStockMiddleware) : undefined,
      ),
    )
    this.#stats = new MiddlewareStats(
      entries.filter((entry) => entry !== undefined),
      this.#post,
    )
    this.#runners = services.map((plan) => {
      const around = plan.workerMiddleware.map((index) => entries[index]).filter((entry) => entry !== undefined)
      return new ServiceRunner(plan, root, this.#marks, composeMiddleware(around))
    })
    for (const index of this.#setup.preload) await this.#load(index)
  }

  receive(message: ToLane): void {
    switch (message.type) {
      case 'chunk':
        this.#chunks.push(message)
        if (!this.#busy) this.#work()
        return
      case 'cancel':
        this.#scope.controllers.get(message.sequence)?.abort(new TroupeError('CANCELLED', 'Execution was cancelled'))
        return
      case 'load':
        void this.#report(message.service)
        return
      case 'drain':
        this.#draining = true
        if (!this.#busy) void this.#finish()
    }
  }

  /** Posts what is collected; for a thread that is about to end. */
  flush(): void {
    this.#records.flush(true)
  }

  /** Runs contexts until there are none, one has to be awaited, or the stint is over. */
  #work(): void {
    this.#busy = true
    const until = performance.now() + STINT_MS
    for (let chunk = this.#chunks.at(0); chunk !== undefined; chunk = this.#chunks.at(0)) {
      const sequence = (chunk.first + this.#offset) | 0
      const context = chunk.contexts[this.#offset]!
      if (++this.#offset === chunk.contexts.length) {
        this.#chunks.shift()
        this.#offset = 0
      }
      const pending = this.#run(this.#runners[chunk.service]!, context, sequence)
      if (pending) {
        void pending.then(() => this.#work())
        return
      }
      if (performance.now() >= until) {
        setImmediate(() => this.#work())
        return
      }
    }
    this.#busy = false
    if (this.#draining) void this.#finish()
    else this.#stats?.postSoon()
  }

  /** Runs one context; returns a promise where it has to be awaited. Never throws, and the promise never rejects. */
  #run(runner: ServiceRunner, context: RoutedContext, sequence: number): Promise<void> | undefined {
    this.current = sequence
    this.#marks.start(sequence)
    if (this.#marks.mustSkip(sequence)) {
      this.#fail(runner, context, sequence, new TroupeError('CANCELLED', 'Execution was cancelled before it started'))
      return undefined
    }
    if (!runner.isLoaded) return this.#loadAndRun(runner, context, sequence)
    try {
      const result = runner.run(context, new WorkerScope(this.#scope, context, runner.plan.index, sequence))
      if (!isThenable(result)) {
        this.#succeed(runner, context, sequence, result)
        return undefined
      }
      return Promise.resolve(result).then(
        (value) => this.#succeed(runner, context, sequence, value),
        (error: unknown) => this.#fail(runner, context, sequence, error),
      )
    } catch (error) {
      this.#fail(runner, context, sequence, error)
      return undefined
    }
  }

  async #loadAndRun(runner: ServiceRunner, context: RoutedContext, sequence: number): Promise<void> {
    try {
      await this.#load(runner.plan.index)
    } catch (error) {
      this.#fail(runner, context, sequence, error)
      return
    }
    await this.#run(runner, context, sequence)
  }

  #succeed(runner: ServiceRunner, context: RoutedContext, sequence: number, value: unknown): void {
    this.#scope.controllers.delete(sequence)
    try {
      this.#post({ type: 'value', sequence, value })
    } catch (cause) {
      this.#fail(runner, context, sequence, this.#notSerializable(runner, context, value, cause))
    }
    runner.lastResult = undefined
  }

  #notSerializable(runner: ServiceRunner, context: RoutedContext, value: unknown, cause: unknown): TroupeError {
    const { path, what } = findUnclonable(value, 'result')
    const about = { serviceId: context.service_id, requestId: context.request_id, cause, details: { path, what } }
    if (value !== runner.lastResult && clones(runner.lastResult)) {
      const message = `Middleware around ${runner.plan.id} returned what cannot cross a thread: ${path} is ${what}`
      return new TroupeError('MIDDLEWARE_ERROR', message, {
        ...about,
        outcome: runner.wasReached ? 'failed' : 'not_started',
      })
    }
    const message = `Result of ${runner.plan.id} cannot cross a thread: ${path} is ${what}; return plain values`
    return new TroupeError('RESULT_NOT_SERIALIZABLE', message, about)
  }

  #fail(_runner: ServiceRunner, _context: RoutedContext, sequence: number, error: unknown): void {
    this.#scope.controllers.delete(sequence)
    this.#post({ type: 'failure', sequence, error: toWireError(error) })
  }

  async #load(index: number): Promise<void> {
    const runner = this.#runners[index]!
    await runner.load()
    this.#post({ type: 'loaded', service: index, asked: false, components: await runner.report() })
  }

  async #report(index: number): Promise<void> {
    this.#post({ type: 'loaded', service: index, asked: true, components: await this.#runners[index]!.report() })
  }

  async #finish(): Promise<void> {
    this.#busy = true
    for (const runner of this.#runners.toReversed()) {
      for (const thrown of await runner.dispose()) {
        const fields = { err: toWireError(thrown), service: runner.plan.id }
        this.#records.push('error', fields, 'Component failed in dispose()', runner.plan.index, '')
      }
    }
    this.#stats?.post()
    this.flush()
    this.#post({ type: 'drained' })
    this.#onDrained?.()
  }
}

function clones(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
