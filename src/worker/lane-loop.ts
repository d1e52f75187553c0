import type { RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { ToLane } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import { Fifo } from '../kernel/fifo.ts'
import type { LaneMarks } from '../kernel/lane-marks.ts'
import { SharedValues } from '../kernel/shared-values.ts'
import { isThenable } from '../kernel/thenable.ts'
import { type OpenChunk, openChunk } from './open-chunk.ts'
import { MiddlewareStats } from './middleware-stats.ts'
import type { LaneParts } from './lane-parts.ts'
import { OutcomeSender } from './outcome-sender.ts'
import { RecordBuffer } from './record-buffer.ts'
import { disposeServices, openServices } from './open-services.ts'
import type { ServiceRunner } from './service-runner.ts'
import type { ThreadGuard } from './thread-guard.ts'
import { type LaneScope, WorkerScope } from './worker-scope.ts'

// The longest the loop stays away from the event loop while contexts keep coming.
const STINT_MS = 10
const CONTEXTS_A_CLOCK = 16
// The original: a component may replace the global.
const laterTurn = setImmediate

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
  /** The sequence with which the next chunk begins. */
  #expected = 1
  #awayUntil = 0
  /** When the context that runs began, to the precision with which the clock is read. */
  #began = 0
  #busy = false
  /** Whether a context that has started has still to end. */
  #awaits = false
  #draining = false
  readonly #onDrained: (() => void) | undefined
  readonly #guard: ThreadGuard | undefined
  /** The sequence of the last context that started, for errors that nobody awaited. */
  current: number | undefined

  constructor(setup: LaneSetup, marks: LaneMarks, post: LaneScope['post'], parts: LaneParts) {
    this.#setup = setup
    this.#marks = marks
    this.#post = post
    this.#onDrained = parts.onDrained
    this.#guard = parts.guard
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
    this.#sender = new OutcomeSender(this.#scope, parts.results)
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
        this.#take(openChunk(message))
        if (!this.#busy) this.#beginStint()
        return
      case 'cancel':
        this.#scope.controllers.get(message.sequence)?.abort(new TroupeError('CANCELLED', 'Execution was cancelled'))
        return
      case 'ping':
        this.#post({ type: 'pong', finished: this.#sender.finished, awaits: message.pulse ? this.#awaits : undefined })
        return
      case 'load':
        void this.#report(message.service, true)
        return
      case 'drain':
        this.#draining = true
        if (!this.#busy) void this.#finish()
    }
  }

  #take(chunk: OpenChunk): void {
    // A component can read the lane's port. To run what came behind what it took would make that look as if it had run.
    if (chunk.first !== this.#expected) this.#guard?.end('messages of its lane were taken')
    this.#expected = (chunk.first + chunk.size) | 0
    this.#chunks.push(chunk)
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
        this.#awaits = true
        void this.#goOnAfter(pending, since, chunk, isLast)
        return
      }
      // Results leave as rows only where contexts take microseconds: the clock is then read now and then.
      if (this.#sender.leftRow && !isLast && ++unclocked < CONTEXTS_A_CLOCK) continue
      unclocked = 0
      this.#guard?.look(chunk.service, isLast)
      const now = performance.now()
      this.#began = now
      if (isLast) {
        this.#announceEnd(chunk, now - chunkBegan)
        chunkBegan = now
      }
      if (now >= this.#awayUntil) {
        this.#sender.announce(chunk.service, 0, 0)
        const since = chunkBegan
        laterTurn(() => this.#beginStint(since))
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

  /** Works, on a turn of the event loop; where it goes on, others had theirs meanwhile. */
  #beginStint(chunkBegan?: number, ended?: OpenChunk): void {
    if (chunkBegan !== undefined) this.#guard?.look(undefined, true)
    this.#awayUntil = performance.now() + STINT_MS
    this.#work(chunkBegan, ended)
  }

  /** Works on behind a context that is awaited: that may take no turn of the event loop, so the stint goes on. */
  async #goOnAfter(pending: Promise<void>, chunkBegan: number, chunk: OpenChunk, isLast: boolean): Promise<void> {
    try {
      await pending
    } finally {
      this.#awaits = false
    }
    this.#guard?.look(chunk.service, true)
    const ended = isLast ? chunk : undefined
    if (performance.now() < this.#awayUntil) this.#work(chunkBegan, ended)
    else laterTurn(() => this.#beginStint(chunkBegan, ended))
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
      return this.#sender.settle(runner, context, sequence, result, chunk.asRows)
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
    await this.#runners[index]!.load()
    await this.#report(index, false)
  }

  async #report(index: number, asked: boolean): Promise<void> {
    this.#post({ type: 'loaded', service: index, asked, components: await this.#runners[index]!.report() })
  }

  async #finish(): Promise<void> {
    this.#busy = true
    await disposeServices(this.#runners, this.#records)
    this.#stats?.post()
    this.flush()
    this.#post({ type: 'drained' })
    this.#onDrained?.()
  }
}
