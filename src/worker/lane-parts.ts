import type { RowReader } from '../kernel/rows/row-reader.ts'
import type { RowWriter } from '../kernel/rows/row-writer.ts'
import type { ThreadGuard } from './thread-guard.ts'

/** Where results are left as rows; `write` is `false` where one does not fit. */
export type RowSink = Pick<RowWriter, 'write' | 'publish' | 'pass'>

/** What a lane has beside its port: only one with a thread of its own has all of it. */
export interface LaneParts {
  readonly contexts?: RowReader
  readonly results?: RowSink
  readonly guard?: ThreadGuard
  readonly onDrained?: () => void
}
