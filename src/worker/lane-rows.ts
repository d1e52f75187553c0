import type { RowReader } from '../kernel/rows/row-reader.ts'
import type { RowWriter } from '../kernel/rows/row-writer.ts'

/** The memory in which contexts come and results go. */
export interface LaneRows {
  readonly contexts: RowReader
  readonly results: RowWriter
}
