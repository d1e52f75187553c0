/** What the command line says of the work. */
export interface Settings {
  readonly rounds: number
  /** Small sizes, to see that a case works; its figures say nothing. */
  readonly quick: boolean
  readonly seed: number
  /** Workers of every side. */
  readonly workers: number
}

/** One thing that is measured. */
export interface BenchCase {
  readonly name: string
  /** One line on what is done. */
  readonly what: string
  readonly targets: readonly Target[]
  /** Makes its sides ready, workers started. */
  open(settings: Settings): Promise<OpenCase>
}

/** A case whose sides can run. */
export interface OpenCase {
  readonly variants: readonly Variant[]
  close(): Promise<void>
}

/** One form of the work, done by several sides. */
export interface Variant {
  readonly name: string
  /** What else there is to say of it. */
  readonly note?: string
  /** What a figure of a side says: `contexts/s`. */
  readonly unit: string
  readonly better: 'more' | 'less'
  /** Where it needs more or fewer rounds than were asked for: called with those. */
  readonly rounds?: (asked: number) => number
  /** Samples of each side that do not count, before the others; 1 by default. */
  readonly warmUps?: number
  /** Made when the variant's turn comes, so that the contexts of one variant do not stand around in another's heap. */
  sides(): readonly BenchSide[]
}

/** `troupe` is what is judged, `peer` what it is compared with; `limit` is bare threads, `baseline` one thread. */
export type SideKind = 'troupe' | 'peer' | 'limit' | 'baseline'

/** One way of doing the work. */
export interface BenchSide {
  readonly name: string
  readonly kind: SideKind
  /** Does the work once, checks every result, and returns the figure. */
  sample(): Promise<number>
}

/** What a case must reach, and how that is found from its medians. */
export interface Target {
  readonly what: string
  /** The variant it is about; `worst` is the one where the figure is worst. */
  readonly variant: string
  /** The sides it is about, by name; the first of kind `troupe` by default. Of several, the worst counts. */
  readonly sides?: readonly string[]
  /** What it is compared with: a side's name, or the best peer. Without it, the figure itself is judged. */
  readonly against?: string
  /** How they are compared; `ratio` by default. */
  readonly by?: 'ratio' | 'difference'
  /** Without a bound the figure is shown, and nothing is judged. */
  readonly atLeast?: number
  readonly atMost?: number
  /** A higher aim, to say how near it is. */
  readonly aim?: number
}

/** Names the best side of kind `peer` in a target. */
export const bestPeer = 'best peer'

/** Names the best side of any kind in a target. */
export const bestSide = 'best side'

/** Samples in the order they were taken, and their summary. */
export interface SideResult {
  readonly name: string
  readonly kind: SideKind
  readonly median: number
  readonly min: number
  readonly max: number
  readonly samples: readonly number[]
}

export interface VariantResult {
  readonly name: string
  readonly note?: string
  readonly unit: string
  readonly better: 'more' | 'less'
  readonly sides: readonly SideResult[]
}

/** A target with what was measured. */
export interface Verdict {
  readonly what: string
  readonly figure: number
  readonly unit: string
  /** Absent where nothing was wanted. */
  readonly wanted?: string
  readonly aim?: number
  readonly reached?: boolean
  /** What it was measured on and against. */
  readonly from: string
}

/** What came out of one case. */
export interface CaseResult {
  readonly name: string
  readonly what: string
  readonly variants: readonly VariantResult[]
  readonly verdicts: readonly Verdict[]
  readonly seconds: number
}
