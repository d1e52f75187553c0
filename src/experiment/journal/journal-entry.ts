import type { ExperimentPlan } from '../../contract/experiment-plan.ts'
import type { StopReport } from '../../contract/experiment-summary.ts'
import type { BlockRecord } from '../../numerics/block-record.ts'

/** What a journal begins with: everything that it takes to go on, and to run one run again. */
export interface JournalHeader {
  readonly digest: string
  readonly name: string
  /** The files that the experiment and its services were read from, as absolute paths; absent where they were objects. */
  readonly source?: string
  readonly services?: string
  readonly plan: ExperimentPlan
  /** The SHA-256 of every file that the numbers depend on, by its name. */
  readonly files: Readonly<Record<string, string>>
  /** What `prepare` gave. */
  readonly prepared?: unknown
  readonly environment: { readonly troupe: string; readonly node: string; readonly arch?: string }
}

/** What follows, as it happens. No block is there twice. */
export type JournalEntry =
  | {
      readonly type: 'block'
      readonly block: BlockRecord
      readonly elapsedMs: number
      /** Whether it was computed after the run had been gone on with by force. */
      readonly isForced?: true
    }
  /** A block whose failed runs are run again. It counts as it is until it follows as a block. */
  | { readonly type: 'aside'; readonly block: BlockRecord; readonly elapsedMs: number; readonly isForced?: true }
  | { readonly type: 'end'; readonly stopped: StopReport }
