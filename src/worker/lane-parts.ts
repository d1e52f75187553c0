import type { ResultWriter } from './result-writer.ts'
import type { ThreadGuard } from './thread-guard.ts'

/** Where results are left as rows; `false` where one does not fit. */
export type RowWriter = Pick<ResultWriter, 'write'>

/** What a lane has beside its port: only one with a thread of its own has all of it. */
export interface LaneParts {
  readonly results?: RowWriter
  readonly guard?: ThreadGuard
  readonly onDrained?: () => void
}
