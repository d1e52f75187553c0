/** One thing that is measured, by several sides that do the same work in different ways. */
export interface BenchCase {
  readonly name: string
  /** What a sample counts, by the second: `paths`, `contexts`. */
  readonly unit: string
  /** Makes the sides ready, workers started. */
  open(): Promise<OpenCase>
}

/** A case whose sides can run. */
export interface OpenCase {
  /** The first side is what the others are compared with. */
  readonly sides: readonly BenchSide[]
  close(): Promise<void>
}

/** One way of doing the work. */
export interface BenchSide {
  readonly name: string
  /** Does the work once, checks it, and returns how many units it was. */
  run(): number | Promise<number>
}

/** What came out of one case: units per second. */
export interface CaseResult {
  readonly name: string
  readonly unit: string
  readonly sides: readonly SideResult[]
}

/** Samples in the order they were taken, and their summary. */
export interface SideResult {
  readonly name: string
  readonly median: number
  readonly min: number
  readonly max: number
  /** Of the median to the first side's. */
  readonly ratio: number
  readonly samples: readonly number[]
}
