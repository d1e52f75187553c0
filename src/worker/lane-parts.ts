import type { ResultWriter } from './result-writer.ts'
import type { ThreadGuard } from './thread-guard.ts'

/** What a lane has beside its port: only one with a thread of its own has all of it. */
export interface LaneParts {
  readonly results?: ResultWriter
  readonly guard?: ThreadGuard
  readonly onDrained?: () => void
}
