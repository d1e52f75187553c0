import { setTimeout as delay } from 'node:timers/promises'
import type { ExperimentHost, SliceFailure } from '../contract/experiment-host.ts'
import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import { EXPERIMENT, type SliceContext } from '../contract/experiment-slice.ts'
import type { RunFailure } from '../contract/experiment-summary.ts'
import type { TroupeError } from '../contract/errors.ts'
import { Changes } from '../kernel/changes.ts'
import type { BlockRecord, SliceRecord } from '../numerics/block-record.ts'
import { blockOfRun } from '../numerics/run-layout.ts'
import { BlockParts } from './block-parts.ts'
import { SlicePace } from './slice-pace.ts'
import type { Slice, SliceQueue } from './slice-queue.ts'

// A service that is quarantined is tried again after a while; where nothing succeeds for so long, the experiment ends. One
// that took down workers under this experiment, and succeeded at nothing, gets the time of a quarantine and one more try.
const RETRY_MS = 1_000
const HOPELESS_MS = 30_000
const HOPELESS_FROM_THE_START_MS = 12_000
const CRASHES_OF_A_FAILURE = 2

/** What is computed, for whom, and where it goes. */
export interface BlockRunParts {
  readonly host: ExperimentHost
  readonly plan: ExperimentPlan
  readonly digest: string
  /** The name under which workers know the experiment. */
  readonly key: string
  readonly queue: SliceQueue
  readonly workers: number
  /** Takes each block as it comes; what it returns is waited for before more is computed. */
  readonly take: (block: BlockRecord) => Promise<void> | undefined
  /** Hears what ends the experiment: no slice is to be begun any more. */
  readonly failed: (error: unknown) => void
}

/**
 * Keeps the workers busy with slices of runs until the queue has no more. What a worker that ended took with it is
 * computed again; a run that takes down two workers, or outlives its limit, is a failed run.
 */
export class BlockRun {
  readonly #parts: BlockRunParts
  readonly #blocks: BlockParts
  readonly #pace: SlicePace
  readonly #changes = new Changes()
  /** Runs that took down a worker, and how many. */
  readonly #crashes = new Map<number, number>()
  #busy = 0
  /** Slices that were let in and have not come back. */
  #inHand = 0
  /** Since when the service is refused, where nothing has succeeded since. */
  #refusedSince: number | undefined
  #hasSucceeded = false
  /** What no other try would change. */
  #error: { readonly thrown: unknown } | undefined

  constructor(parts: BlockRunParts) {
    this.#parts = parts
    this.#blocks = new BlockParts(parts.plan)
    this.#pace = new SlicePace()
  }

  /** Takes a part of a block that is there already: its values from run `from` on. */
  takePart(from: number, part: BlockRecord): void {
    void this.#settle(from, part)
  }

  /**
   * Resolves when all is computed, or `stop` has aborted and what was in hand has come back.
   *
   * @param kill Cuts off what is in hand.
   * @throws {TroupeError} What no other try would change.
   */
  async run(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    // Two for each worker: one runs while the other's result is on its way.
    await Promise.all(Array.from({ length: 2 * this.#parts.workers }, () => this.#takeTurns(stop, kill)))
    if (this.#error) throw this.#error.thrown
  }

  async #takeTurns(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    while (!stop.aborted && this.#error === undefined) {
      const slice = this.#parts.queue.next(this.#pace.runs)
      if (slice === undefined) {
        if (this.#busy === 0) break
        await this.#changes.next()
        continue
      }
      this.#busy++
      try {
        await this.#compute(slice, kill)
      } catch (thrown) {
        // What others have in hand may still come back, and count.
        this.#error ??= { thrown }
        this.#parts.failed(thrown)
      } finally {
        this.#busy--
        this.#changes.tell()
      }
    }
  }

  async #compute(slice: Slice, kill: AbortSignal): Promise<void> {
    const { host, plan, digest, key } = this.#parts
    const context: SliceContext = {
      service_id: plan.serviceId,
      request_id: `${digest}/${slice.from}-${slice.to - 1}`,
      [EXPERIMENT]: key,
      ...slice,
      budget_ms: this.#pace.budgetMs,
    }
    this.#inHand++
    const outcome = await host.runSlice(context, kill).finally(() => this.#inHand--)
    if (!outcome.ok) {
      await this.#recover(slice, outcome, kill)
      return
    }
    this.#refusedSince = undefined
    this.#hasSucceeded = true
    const { to, ms, records } = outcome.value as SliceRecord
    this.#pace.took(to - slice.from, ms)
    this.#parts.queue.giveBack([{ from: to, to: slice.to }])
    let from = slice.from
    const waits: Promise<void>[] = []
    for (const record of records) {
      const wait = this.#settle(from, record)
      if (wait) waits.push(wait)
      from += record.runs
    }
    await Promise.all(waits)
  }

  #settle(from: number, record: BlockRecord): Promise<void> | undefined {
    const whole = record.metrics.length > 0 ? record : this.#blocks.add(from, record)
    return whole && this.#parts.take(whole)
  }

  /** Decides what becomes of a slice that came to nothing. */
  async #recover(slice: Slice, { error, turn }: SliceFailure, kill: AbortSignal): Promise<void> {
    const { queue } = this.#parts
    const run = Math.min(slice.from + Math.max(turn, 0), slice.to - 1)
    const others = [
      { from: slice.from, to: run },
      { from: run + 1, to: slice.to },
    ]
    switch (error.code) {
      case 'TIMEOUT':
        queue.giveBack(others)
        await this.#fail(run, error, 'clock')
        return
      case 'WORKER_CRASHED': {
        if (error.outcome === 'not_started') {
          queue.giveBack([slice])
          return
        }
        const crashes = (this.#crashes.get(run) ?? 0) + 1
        this.#crashes.set(run, crashes)
        const isFailure = crashes >= CRASHES_OF_A_FAILURE
        queue.giveBack(isFailure ? others : [others[0]!, { from: run, to: run + 1 }, others[1]!])
        if (isFailure) await this.#fail(run, error, ranOutOfMemory(error) ? 'memory' : undefined)
        return
      }
      case 'SERVICE_UNAVAILABLE':
      case 'CIRCUIT_OPEN': {
        const now = performance.now()
        this.#refusedSince ??= now
        // One that is in hand may be the one that shows that the service can be trusted again.
        const neverWorked = this.#crashes.size > 0 && !this.#hasSucceeded
        const patienceMs = neverWorked ? HOPELESS_FROM_THE_START_MS : HOPELESS_MS
        if (now - this.#refusedSince > patienceMs && this.#inHand === 0) throw error
        queue.giveBack([slice])
        await delay(RETRY_MS, undefined, { signal: kill }).catch(() => {})
        return
      }
      case 'CANCELLED':
        if (kill.aborted) return
        throw error
      default:
        throw error
    }
  }

  /** Counts a run as failed that took its worker with it. */
  async #fail(run: number, { code, message }: TroupeError, endedBy: RunFailure['ended_by']): Promise<void> {
    const { plan } = this.#parts
    const index = blockOfRun(plan.layout, run)
    const failure: RunFailure = { run, code, message, ...(endedBy && { ended_by: endedBy }) }
    const rows = plan.metrics.map(() => Float64Array.of(NaN))
    await this.#settle(run, { index, metrics: [], runs: 1, failures: [failure], rows })
  }
}

function ranOutOfMemory({ details }: TroupeError): boolean {
  return (details as { readonly reason?: unknown } | undefined)?.reason === 'oom'
}
