import type { RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { ToLane, WireError } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import { logLevels } from '../contract/log.ts'
import { thresholdNumber } from '../kernel/create-log.ts'
import { Fifo } from '../kernel/fifo.ts'
import type { LaneMarks } from '../kernel/lane-marks.ts'
import { SharedValues } from '../kernel/shared-values.ts'
import { isThenable } from '../kernel/thenable.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { type OpenChunk, openChunk } from './open-chunk.ts'
import { MiddlewareStats } from './middleware-stats.ts'
import { OutcomeSender } from './outcome-sender.ts'
import { RecordBuffer } from './record-buffer.ts'
import type { ResultWriter } from './result-writer.ts'
import { openServices } from './open-services.ts'
import type { ServiceRunner } from './service-runner.ts'
import { type LaneScope, WorkerScope } from './worker-scope.ts'

// The longest the loop stays away from the event loop while contexts keep coming.
const STINT_MS = 10
const CONTEXTS_A_CLOCK = 16

/**
 * The worker's side of a lane: takes chunks and runs their contexts one at a time, `await` included, in the order in
 * which they came. An outcome is posted before the next context is marked as started (the twin that classifies what a
 * dead lane leaves behind is `supervisor/seat.ts`).
 */
export class LaneLoop {
  readonly #setup: LaneSetup
  readonly #marks: LaneMarks
  readonly #post: LaneScope['post']
  readonly #scope: LaneScope
  readonly #records: RecordBuffer
  readonly #chunks = new Fifo<OpenChunk>()
  readonly #sender: OutcomeSender
  #runners: ServiceRunner[] = []
  #stats: MiddlewareStats | undefined
  #offset = 0
  #awayUntil = 0
  /** When the context that runs began, to the precision with which the clock is read. */
  #began = 0
  #busy = false
  #draining = false
  #onDrained: (() => void) | undefined
  /** The sequence of the last context that started, for errors that nobody awaited. */
  current: number | undefined

  constructor(
    setup: LaneSetup,
    marks: LaneMarks,
    post: LaneScope['post'],
    onDrained?: () => void,
    results?: ResultWriter,
  ) {
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
      shared: SharedValues.none,
    }
    this.#sender = new OutcomeSender(this.#scope, results)
  }

  /** Loads the worker-side middleware and what is to be loaded ahead. */
  async start(): Promise<void> {
    const { entries, runners } = await openServices(this.#setup, this.#marks, this.#records)
    this.#stats = new MiddlewareStats(entries, this.#post)
    this.#runners = runners
    for (const index of this.#setup.preload) await this.#load(index)
  }

  /** Whether it waits for messages, and for nothing else. */
  get isIdle(): boolean {
    return !this.#busy
  }

  receive(message: ToLane): void {
    switch (message.type) {
      case 'share':
        this.#scope.shared = this.#scope.shared.with(message.name, message.value)
        return
      case 'chunk':
      case 'columns':
        this.#chunks.push(openChunk(message))
        if (!this.#busy) this.#beginStint()
        return
      case 'cancel':
        this.#scope.controllers.get(message.sequence)?.abort(new TroupeError('CANCELLED', 'Execution was cancelled'))
        return
      case 'ping':
        this.#post({ type: 'pong', finished: this.#sender.finished })
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

  /**
   * Runs contexts until there are none, one has to be awaited, or the stint is over.
   *
   * @param chunkBegan When the chunk that is gone on with began, or the one that ended with an awaited context.
   */
  #work(chunkBegan?: number, ended?: OpenChunk): void {
    this.#busy = true
    const began = performance.now()
    this.#began = began
    if (ended) this.#announceEnd(ended, began - chunkBegan!)
    if (ended || chunkBegan === undefined) chunkBegan = began
    let unclocked = 0
    for (let chunk = this.#chunks.at(0); chunk !== undefined; chunk = this.#chunks.at(0)) {
      const sequence = (chunk.first + this.#offset) | 0
      const context = chunk.next()
      const isLast = ++this.#offset === chunk.size
      if (isLast) {
        this.#chunks.shift()
        this.#offset = 0
      }
      const pending = this.#run(chunk, context, sequence)
      if (pending) {
        const since = chunkBegan
        void pending.then(() => this.#goOn(since, isLast ? chunk : undefined))
        return
      }
      // Results come as rows only where contexts take microseconds: the clock is then read now and then.
      if (chunk.asRows && !isLast && ++unclocked < CONTEXTS_A_CLOCK) continue
      unclocked = 0
      const now = performance.now()
      this.#began = now
      if (isLast) {
        this.#announceEnd(chunk, now - chunkBegan)
        chunkBegan = now
      }
      if (now >= this.#awayUntil) {
        this.#sender.announce(chunk.service, 0, 0)
        const since = chunkBegan
        setImmediate(() => this.#beginStint(since))
        return
      }
    }
    this.#busy = false
    if (this.#draining) void this.#finish()
    else this.#stats?.postSoon()
  }

  #announceEnd(chunk: OpenChunk, ms: number): void {
    if (chunk.asRows) this.#sender.announce(chunk.service, chunk.size, ms)
  }

  /** Works, on a turn of the event loop of its own. */
  #beginStint(chunkBegan?: number, ended?: OpenChunk): void {
    this.#awayUntil = performance.now() + STINT_MS
    this.#work(chunkBegan, ended)
  }

  /** Works on behind a context that was awaited: that may have taken no turn of the event loop, so the stint goes on. */
  #goOn(chunkBegan: number, ended: OpenChunk | undefined): void {
    if (performance.now() < this.#awayUntil) this.#work(chunkBegan, ended)
    else setImmediate(() => this.#beginStint(chunkBegan, ended))
  }

  /** Runs one context; returns a promise where it has to be awaited. Never throws, and the promise never rejects. */
  #run(chunk: OpenChunk, context: RoutedContext, sequence: number): Promise<void> | undefined {
    const runner = this.#runners[chunk.service]!
    this.current = sequence
    this.#marks.start(sequence)
    this.#sender.began = undefined
    if (this.#marks.mustSkip(sequence)) {
      this.#sender.skip(sequence)
      return undefined
    }
    if (!runner.isLoaded) return this.#loadAndRun(chunk, context, sequence)
    if (!chunk.asRows) this.#sender.began = this.#began
    try {
      const result = runner.run(context, new WorkerScope(this.#scope, context, chunk.service, sequence))
      if (!isThenable(result)) {
        this.#sender.succeed(runner, context, sequence, result, chunk.asRows)
        return undefined
      }
      return Promise.resolve(result).then(
        (value) => this.#sender.succeed(runner, context, sequence, value, chunk.asRows),
        (error: unknown) => this.#sender.fail(sequence, error),
      )
    } catch (error) {
      this.#sender.fail(sequence, error)
      return undefined
    }
  }

  async #loadAndRun(chunk: OpenChunk, context: RoutedContext, sequence: number): Promise<void> {
    try {
      await this.#load(chunk.service)
      this.#began = performance.now()
    } catch (error) {
      this.#sender.fail(sequence, error)
      return
    }
    await this.#run(chunk, context, sequence)
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
    const errors: WireError[] = []
    for (const runner of this.#runners.toReversed()) {
      for (const thrown of await runner.dispose()) {
        const error = toWireError(thrown)
        errors.push(error)
        if (thresholdNumber(this.#setup.logThreshold) > logLevels.error) continue
        const fields = { error, service: runner.plan.id }
        this.#records.push('error', fields, 'Component failed in dispose()', runner.plan.index, '')
      }
    }
    this.#stats?.post()
    this.flush()
    this.#post({ type: 'drained', errors })
    this.#onDrained?.()
  }
}
