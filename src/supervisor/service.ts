import type { TroupeError } from '../contract/errors.ts'
import type { ServicePlan } from '../contract/plan.ts'
import type { ExecutionCounts } from '../contract/report.ts'
import type { Chain } from '../kernel/chain.ts'
import type { Circuit } from './circuit.ts'
import { type Stage, stageName } from '../kernel/stage.ts'
import type { Watchers } from '../kernel/watchers.ts'
import { ContextWeight } from './context-weight.ts'
import type { Around } from './middleware-chains.ts'
import { NO_QUARANTINE, type Quarantine } from './quarantine.ts'
import { ServiceMeter } from './service-meter.ts'

// A batch keeps up to 4,096 contexts on their way, which a smaller mailbox would not let in.
const LEAST_MAILBOX = 4096
// Results are left as rows where several of them are worth one look. Of slower contexts each posts its own.
const ROW_COST_MS = 0.5

/** A registered service and what the supervisor remembers of it. */
export class Service {
  readonly plan: ServicePlan
  /** Its supervisor-side middleware, where it has any: a chain, or what only looks. */
  readonly chain: Chain | undefined
  readonly watchers: Watchers | undefined
  readonly middlewareNames: readonly string[]
  readonly workerMiddlewareNames: readonly string[]
  /** Measured milliseconds per context, as a moving average. */
  costMs: number | undefined
  /** What its contexts cost, for those who ask. */
  readonly meter = new ServiceMeter()
  /** What its contexts weigh in its mailbox. */
  readonly weight = new ContextWeight()
  quarantine: Quarantine = NO_QUARANTINE
  /** Whether it took down a worker, and nothing of it has succeeded since. */
  suspect = false
  /** Its circuit breaker, where it has one. */
  circuit: Circuit | undefined = undefined
  /** Attempts of its contexts beyond the first of each. */
  retries = 0
  /** What bounds an execution whose caller says nothing, where no deadline is set. */
  readonly limits: { readonly timeoutMs: number | undefined; readonly deadlineAt: number }
  /** Whether batches of its contexts may go the short way: neither middleware nor a deadline asks for more. */
  readonly #mayBeShort: boolean
  #accepted = 0
  #ok = 0
  #failed = 0
  #timedOut = 0
  #cancelled = 0
  #loads = 0
  /** Executions that the shutdown cut off, before they started and after. */
  readonly cutOff = { waiting: 0, running: 0 }
  /** How often it was quarantined. */
  quarantines = 0

  constructor(
    plan: ServicePlan,
    around: Around,
    middlewareNames: { readonly supervisor: readonly string[]; readonly worker: readonly string[] },
  ) {
    this.plan = plan
    this.chain = around.chain
    this.watchers = around.watchers
    this.#mayBeShort =
      around.chain === undefined &&
      around.watchers === undefined &&
      plan.actor === undefined &&
      plan.deadlineMs === undefined &&
      plan.mailbox >= LEAST_MAILBOX
    this.limits = { timeoutMs: plan.timeoutMs, deadlineAt: Infinity }
    this.middlewareNames = middlewareNames.supervisor
    this.workerMiddlewareNames = middlewareNames.worker
  }

  /** Whether contexts of a batch may go the short way now; see `span.ts`. */
  get isShort(): boolean {
    return this.#mayBeShort && this.circuit === undefined && this.quarantine.state === 'none'
  }

  /** Whether its results are left as rows. */
  get leavesRows(): boolean {
    return this.costMs !== undefined && this.costMs < ROW_COST_MS
  }

  /** The name of a stage of a run in a lane. */
  laneStageName(stage: Stage): string {
    const steps = this.plan.steps.map((step) => step.name)
    return stageName(stage, this.workerMiddlewareNames, steps)
  }

  countAccepted(count = 1): void {
    this.#accepted += count
  }

  /** A middleware sent a context on to another service, which counts it from now on. */
  countMoved(target: Service): void {
    this.#accepted--
    target.#accepted++
  }

  /** So many of its executions came to a value. */
  countOk(count: number): void {
    this.#ok += count
    this.suspect = false
  }

  countSettled(error: TroupeError | undefined): void {
    if (!error) this.countOk(1)
    else if (error.code === 'TIMEOUT') this.#timedOut++
    else if (error.code === 'CANCELLED') this.#cancelled++
    else {
      this.#failed++
      if (error.code === 'SHUTTING_DOWN') this.cutOff[error.outcome === 'not_started' ? 'waiting' : 'running']++
    }
  }

  /** A worker has loaded its components. */
  countLoad(): void {
    this.#loads++
  }

  get loads(): number {
    return this.#loads
  }

  get counts(): ExecutionCounts {
    return {
      accepted: this.#accepted,
      ok: this.#ok,
      failed: this.#failed,
      timedOut: this.#timedOut,
      cancelled: this.#cancelled,
    }
  }

  /** How many of its executions have settled. */
  get settled(): number {
    return this.#ok + this.#failed + this.#timedOut + this.#cancelled
  }

  /** A lane says that `count` contexts of a chunk of rows ran for `ms` altogether. */
  ran(count: number, ms: number): void {
    // A component may have posted it.
    if (!(count > 0 && ms >= 0)) return
    this.measured(ms / count)
    this.meter.ran(count, ms)
  }

  /** Takes the cost of the contexts of one chunk into the average; recent chunks weigh more. */
  measured(costMs: number): void {
    this.costMs = this.costMs === undefined ? costMs : this.costMs + 0.25 * (costMs - this.costMs)
  }
}
