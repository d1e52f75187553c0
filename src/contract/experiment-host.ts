import type { Context } from './context.ts'
import type { TroupeError } from './errors.ts'
import type { ExperimentSetup, SliceContext } from './experiment-slice.ts'
import type { RunOptions } from './experiment-options.ts'
import type { ExperimentSummary } from './experiment-summary.ts'
import type { Log } from './log.ts'
import type { Plan } from './plan.ts'

/** A slice came to no result: why, and which run it was at, counted from its first. */
export interface SliceFailure {
  readonly ok: false
  readonly error: TroupeError
  readonly turn: number
}

/** How a slice ended. */
export type SliceOutcome = { readonly ok: true; readonly value: unknown } | SliceFailure

/** What an experiment needs of the supervisor that runs it; the same version of the configuration from end to end. */
export interface ExperimentHost {
  readonly plan: Plan
  /** The file that the services were read from, if it was one. */
  readonly source: string | undefined
  readonly log: Log
  /** Lets every worker know of an experiment; `undefined` makes them forget it. */
  share(key: string, setup: ExperimentSetup | undefined): void
  /**
   * Runs supervisor-side middleware around `work`; its signal aborts where that ends before `work` has.
   *
   * @param stop Ends what comes before `work`, which sees to its own end.
   */
  around(
    context: Context,
    work: (signal: AbortSignal) => Promise<unknown>,
    stop: AbortSignal | undefined,
  ): Promise<unknown>
  /** Runs one context as any program could. */
  execute(context: Context, signal: AbortSignal): Promise<unknown>
  /**
   * Runs a slice, or one run alone, beneath the supervisor-side middleware and without retries; `timeout_ms` bounds each
   * of its runs.
   */
  runSlice(context: SliceContext, signal: AbortSignal): Promise<SliceOutcome>
}

/** How one run of an experiment went that was run again, alone. */
export interface Replay {
  readonly context: Context
  readonly result?: unknown
  readonly error?: TroupeError
  /** What the journal has of it, where it has rows: its metrics by name, or null if it failed. */
  readonly recorded?: Readonly<Record<string, number>> | null
  /** Such as components that have changed since. */
  readonly warnings: readonly string[]
}

/** What the room of experiments gives the supervisor. */
export interface ExperimentRoom {
  runExperiment(host: ExperimentHost, experiment: string | object, options: RunOptions): Promise<ExperimentSummary>
  replayRun(host: ExperimentHost, folder: string, run: number): Promise<Replay>
}
