import { registerEngine } from './supervisor/engine-table.ts'
import { registerExperiments } from './supervisor/experiment-room.ts'

registerEngine('threads', async () => {
  const { ThreadsEngine } = await import('./engine/threads/threads-engine.ts')
  return new ThreadsEngine()
})
registerEngine('inline', async () => {
  const { InlineEngine } = await import('./engine/inline/inline-engine.ts')
  return new InlineEngine()
})

registerExperiments(() => import('./experiment/index.ts'))

export { Supervisor } from './supervisor/supervisor.ts'
export { TroupeError, isTroupeError } from './contract/errors.ts'
export { transfer } from './contract/transfer.ts'
export type { ActorEnd, ActorProxy, ActorStream } from './contract/actor.ts'
export type { Context, RoutedContext } from './contract/context.ts'
export type { EngineName } from './contract/engine-name.ts'
export type { ConfigProblem, ErrorCode, ErrorFields, ErrorOutcome } from './contract/errors.ts'
export type { EventMap, EventName } from './contract/events.ts'
export type { Replay } from './contract/experiment-host.ts'
export type { ExperimentProgress, RunOptions } from './contract/experiment-options.ts'
export type {
  ExperimentSummary,
  MetricSummary,
  PointSummary,
  RunFailure,
  StopReport,
} from './contract/experiment-summary.ts'
export type { Log, LogLevel, LogMethod, LogTarget, LogThreshold } from './contract/log.ts'
export type {
  BatchProgress,
  ExecuteOptions,
  ManyOptions,
  Progress,
  StartOptions,
  StreamOptions,
} from './contract/options.ts'
export type { Outcome } from './contract/outcome.ts'
export type {
  CheckReport,
  CloseReport,
  ComponentCheck,
  ExecutionCounts,
  Occupancy,
  PoolStats,
  ServiceCheck,
  ServiceStats,
  ServiceSummary,
  Stats,
} from './contract/report.ts'
export type { StreamItem } from './supervisor/stream.ts'
