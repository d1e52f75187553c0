/** How `supervisor.run` may be told where to write, and be followed. */
export interface RunOptions {
  /** The folder of the run: its journal and outputs. Without it nothing is written, and nothing can be resumed. */
  readonly out?: string
  /** Goes on with the run that `out` holds, or begins one where it holds none. */
  readonly resume?: boolean
  /** With `resume`: runs those runs again that failed, and no others. */
  readonly failedOnly?: boolean
  /** With `resume`: goes on although the experiment or its components have changed since. */
  readonly force?: boolean
  /** Ends the run: it rejects with `CANCELLED`, and what was computed by then is kept in `out`. */
  readonly signal?: AbortSignal
  /**
   * Called four times a second at most, and once when all is computed; not where nothing was left to compute. What it
   * throws is logged, and changes nothing.
   */
  readonly onProgress?: (progress: ExperimentProgress) => void
}

/** How far an experiment is. Blocks count as soon as they are safe: in the journal, where there is one. */
export interface ExperimentProgress {
  /** Runs that are done, those of earlier resumes included, and how many there are if no point stops early. */
  readonly runs: number
  readonly maxRuns: number
  readonly failed: number
  /** Points that are done, and how many there are. */
  readonly points: number
  readonly maxPoints: number
  /** Over the last seconds. */
  readonly runsPerSecond: number
  /** Milliseconds until all is done at this rate if no point stops early; `undefined` before there is a rate. */
  readonly etaMs: number | undefined
  /** The metric that is watched (the one `stop` names, or the first), at the point that is computed now. */
  readonly metric:
    | { readonly name: string; readonly n: number; readonly mean: number; readonly halfWidth: number | undefined }
    | undefined
}
