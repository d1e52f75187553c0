import { LinkedSet } from '../kernel/linked-set.ts'
import { MinHeap } from '../kernel/min-heap.ts'
import type { Execution } from './execution.ts'

const INTERVAL_MS = 25

/** What the watch calls when a limit has passed. */
export interface LimitTargets {
  /** Looks at the lanes; `true` while one is to be looked at again, although all may have settled. */
  sample(now: number): boolean
  /** The deadline of an execution has passed, wherever it is. */
  deadlinePassed(execution: Execution, now: number): void
  /** A supervisor-side middleware has taken longer than it may. */
  middlewareOverdue(execution: Execution, now: number): void
}

interface Deadline {
  readonly execution: Execution
  readonly at: number
}

/**
 * The one clock of a supervisor: while anything is unsettled it looks every 25 ms at deadlines, at middleware and at
 * the lanes' marks, so no execution needs a timer of its own. The timer also keeps the process alive while contexts
 * wait for a lane that is being restarted.
 */
export class LimitWatch {
  readonly #targets: LimitTargets
  readonly #deadlines = new MinHeap<Deadline>(({ at }) => at)
  readonly #inMiddleware = new LinkedSet<Execution>()
  #unsettled = 0
  #sweepAt = 1024
  #timer: NodeJS.Timeout | undefined
  #onIdle: (() => void)[] = []

  constructor(targets: LimitTargets) {
    this.#targets = targets
  }

  get unsettled(): number {
    return this.#unsettled
  }

  /** Counts contexts that no deadline bounds and no middleware has in hand. */
  addUnbounded(count: number): void {
    this.#unsettled += count
    this.#timer ??= setInterval(() => this.#tick(), INTERVAL_MS)
  }

  add(execution: Execution): void {
    this.addUnbounded(1)
    this.follow(execution)
    if (execution.service.chain) execution.place = this.#inMiddleware.join(execution)
  }

  /** Adds an execution that middleware has in hand to its end. */
  hold(execution: Execution): void {
    this.addUnbounded(1)
    execution.place = this.#inMiddleware.join(execution)
  }

  /** Watches the deadline that an execution has now, beside those it had. */
  follow(execution: Execution): void {
    const at = execution.limits.deadlineAt
    if (at === Infinity) return
    this.#deadlines.push({ execution, at })
    if (this.#deadlines.size < this.#sweepAt) return
    // Settled executions stay in the heap until their time comes; now and then they are let go of.
    this.#deadlines.retain((one) => !one.execution.isSettled)
    this.#sweepAt = Math.max(1024, this.#deadlines.size * 2)
  }

  settled(execution: Execution): void {
    const { place } = execution
    if (place) this.#inMiddleware.leave(place)
    this.settledUnbounded()
  }

  /** So many of those that `addUnbounded` counted have settled. */
  settledUnbounded(count = 1): void {
    this.#unsettled -= count
    if (this.#unsettled === 0) for (const listener of this.#onIdle.splice(0)) listener()
  }

  /** Resolves once nothing is unsettled. */
  whenIdle(): Promise<void> {
    return this.#unsettled === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve))
  }

  /** The executions that supervisor-side middleware has in hand now. */
  get inMiddleware(): Execution[] {
    return this.#inMiddleware.items().filter((execution) => execution.phase === 'middleware')
  }

  #tick(): void {
    const now = performance.now()
    for (let first = this.#deadlines.peek(); first && first.at <= now; first = this.#deadlines.peek()) {
      this.#deadlines.pop()
      if (!first.execution.isSettled) this.#targets.deadlinePassed(first.execution, now)
    }
    for (const execution of this.#inMiddleware.items()) {
      if (execution.phase === 'middleware' && now >= execution.stageUntil)
        this.#targets.middlewareOverdue(execution, now)
    }
    if (!this.#targets.sample(now) && this.#unsettled === 0) this.stop()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
