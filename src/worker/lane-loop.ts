import { TroupeError } from '../contract/errors.ts'
import type { ToLane } from '../contract/messages.ts'
import type { LaneSetup } from '../contract/plan.ts'
import { ASLEEP, AWAKE, type LaneMarks, POLLING } from '../kernel/lane-marks.ts'
import { isAsRow, isLastOfChunk, serviceOfTag } from '../kernel/rows/context-tag.ts'
import { SharedValues } from '../kernel/shared-values.ts'
import { ActorHost } from './actor-host.ts'
import { ChunkClock } from './chunk-clock.ts'
import { ContextRunner } from './context-runner.ts'
import { ContextSource } from './context-source.ts'
import { Experiments, isExperimentShare } from './experiments.ts'
import { MemoryGauge } from './memory-gauge.ts'
import { MiddlewareStats } from './middleware-stats.ts'
import type { LaneParts } from './lane-parts.ts'
import { OutcomeSender } from './outcome-sender.ts'
import { RecordBuffer } from './record-buffer.ts'
import { disposeServices, openServices } from './open-services.ts'
import type { ThreadGuard } from './thread-guard.ts'
import type { LaneScope } from './worker-scope.ts'

// The longest the loop stays away from the event loop while contexts keep coming.
const STINT_MS = 10
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
  readonly #source: ContextSource
  readonly #sender: OutcomeSender
  readonly #clock: ChunkClock
  readonly #gauge: MemoryGauge
  readonly #runner: ContextRunner
  #stats: MiddlewareStats | undefined
  #actors: ActorHost | undefined
  #awayUntil = 0
  #busy = false
  /** Whether it is asked for contexts all the time while it has none. */
  isPolled = false
  /** Called when it has nothing left to do. */
  onIdle: () => void = () => {}
  /** Whether a context that has started has still to end. */
  #awaits = false
  #draining = false
  readonly #onDrained: (() => void) | undefined
  readonly #guard: ThreadGuard | undefined

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
    this.#source = new ContextSource(parts.contexts, () => parts.guard?.end('messages of its lane were taken'))
    this.#sender = new OutcomeSender(this.#scope, parts.results)
    this.#clock = new ChunkClock(this.#sender)
    this.#runner = new ContextRunner(this.#scope, this.#sender, this.#clock)
    this.#gauge = new MemoryGauge(marks, setup.reportsMemory)
  }

  /** Loads the worker-side middleware and what is to be loaded ahead. */
  async start(): Promise<void> {
    const { entries, runners } = await openServices(this.#setup, this.#marks, this.#records)
    this.#stats = new MiddlewareStats(entries, this.#post)
    this.#runner.services = runners
    this.#actors = new ActorHost(this.#scope, this.#setup, runners)
    for (const index of this.#setup.preload) await this.#loaderOf(index).load(index)
  }

  /** Who loads a service: actors have classes of their own. */
  #loaderOf(service: number): ContextRunner | ActorHost {
    return this.#setup.services[service]!.actor ? this.#actors! : this.#runner
  }

  /** Made when the first is heard of. */
  get #experiments(): Experiments {
    return (this.#runner.experiments ??= new Experiments(this.#scope))
  }

  /** The sequence of the last context that started, for errors that nobody awaited. */
  get current(): number | undefined {
    return this.#runner.current
  }

  /** Whether it waits for messages, and for nothing else. */
  get isIdle(): boolean {
    return !this.#busy
  }

  /** Whether the next context lies in shared memory. */
  get hasRow(): boolean {
    return this.#source.hasRow
  }

  receive(message: ToLane): void {
    switch (message.type) {
      case 'share':
        if (isExperimentShare(message.name)) this.#experiments.put(message.name, message.value)
        else this.#scope.shared = this.#scope.shared.with(message.name, message.value)
        this.#marks.takeShare()
        return
      case 'chunk':
        this.#source.put(message)
        if (!this.#busy) this.#beginStint()
        return
      case 'wake':
        this.goOn()
        return
      case 'cancel':
        this.#scope.controllers.get(message.sequence)?.abort(new TroupeError('CANCELLED', 'Execution was cancelled'))
        return
      case 'turn':
        this.#actors!.turn(message)
        return
      case 'actors':
        this.#actors!.receive(message.message)
        return
      case 'ping':
        this.#actors!.tellRunning()
        this.#post({ type: 'pong', finished: this.#sender.finished, awaits: message.pulse ? this.#awaits : undefined })
        return
      case 'load':
        void this.#loaderOf(message.service).report(message.service, true)
        return
      case 'drain':
        this.#draining = true
        if (!this.#busy && !this.goOn()) void this.#finish()
    }
  }

  /** Runs the contexts that have been left as rows; `false` where it is busy, or there are none. */
  goOn(): boolean {
    if (this.#busy || !this.#source.hasRow) return false
    this.#beginStint()
    return true
  }

  /** Posts what is collected; for a thread that is about to end. */
  flush(): void {
    this.#records.flush(true)
  }

  /** Works, on a turn of the event loop of its own. */
  #beginStint(): void {
    const now = performance.now()
    this.#awayUntil = now + STINT_MS
    this.#clock.start(now)
    this.#gauge.look(now)
    this.#marks.attend(AWAKE)
    this.#work()
  }

  /** Runs contexts until there are none, one has to be awaited, or the stint is over. */
  #work(): void {
    const source = this.#source
    const clock = this.#clock
    this.#busy = true
    let unclocked = 0
    for (;;) {
      const context = source.take()
      if (context === undefined) {
        if (this.#fallIdle()) return
        continue
      }
      const { sequence, tag } = source
      clock.ran++
      const pending = this.#runner.run(context, sequence, tag, source.isRow ? context.request_id : undefined)
      if (pending) {
        this.#awaits = true
        void this.#goOnBehind(pending, tag)
        return
      }
      // Results come as rows only where contexts are quick: the clock is then read now and then.
      if (isAsRow(tag) && !isLastOfChunk(tag) && ++unclocked < clock.interval) continue
      unclocked = 0
      this.#guard?.look(serviceOfTag(tag), isLastOfChunk(tag))
      const now = clock.read(tag)
      this.#gauge.look(now)
      if (now < this.#awayUntil) continue
      this.#sender.announce(serviceOfTag(tag), 0, 0)
      this.#goOnLater()
      return
    }
  }

  /** Works on behind a context that is awaited: that may take no turn of the event loop, so the stint goes on. */
  async #goOnBehind(pending: Promise<void>, tag: number): Promise<void> {
    try {
      await pending
    } finally {
      this.#awaits = false
    }
    this.#guard?.look(serviceOfTag(tag), true)
    if (this.#clock.read(tag) < this.#awayUntil) this.#work()
    else this.#goOnLater()
  }

  /** Works on in another turn of the event loop, when others have had theirs. */
  #goOnLater(): void {
    laterTurn(() => {
      this.#guard?.look(undefined, true)
      this.#beginStint()
    })
  }

  /** `false` where more has been left in the meantime: the lane says that it is idle, and then looks once more. */
  #fallIdle(): boolean {
    this.#marks.attend(this.isPolled ? POLLING : ASLEEP)
    if (this.#source.hasRow) {
      this.#marks.attend(AWAKE)
      return false
    }
    this.#busy = false
    if (this.#draining) void this.#finish()
    else {
      this.#stats?.postSoon()
      this.onIdle()
    }
    return true
  }

  async #finish(): Promise<void> {
    this.#busy = true
    const errors = await disposeServices(this.#runner.services, this.#records, this.#setup.logThreshold)
    this.#stats?.post()
    this.flush()
    this.#post({ type: 'drained', errors })
    this.#onDrained?.()
  }
}
