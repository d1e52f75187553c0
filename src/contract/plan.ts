import type { EngineName } from './engine-name.ts'
import type { ErrorCode } from './errors.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { LogThreshold } from './log.ts'
import type { Side } from './scope.ts'
import type { StockMiddlewareName } from './stock-middleware.ts'

// What services.json says after validation and normalisation: defaults filled in, names in camelCase, frozen and
// structured-clonable, since workers are given their share of it.

/** A condition of a step on the context, as data. */
export interface When {
  readonly path: string
  readonly equals?: unknown
  readonly in?: readonly unknown[]
  readonly exists?: boolean
  readonly gt?: number
  readonly lt?: number
}

/** What a failed step does to its service. */
export type OnError = 'fail_fast' | 'skip' | 'compensate'

/** One component of a service. A service without `steps` has exactly one. */
export interface StepPlan {
  readonly name: string
  readonly module: string
  readonly class: string
  readonly config: Readonly<Record<string, unknown>>
  /** Field that the step sees → dotted path of the context. */
  readonly inputMapping?: Readonly<Record<string, string>>
  /** Field (dotted path) of the result → dotted path of the context. */
  readonly outputMapping?: Readonly<Record<string, string>>
  readonly onError: OnError
  readonly fallbackOutput?: Readonly<Record<string, unknown>>
  readonly when?: When
}

/** What happens to an actor whose method threw: it goes on, begins anew, or ends. A lost thread leaves no choice but anew. */
export type ActorPolicy = 'resume' | 'restart' | 'stop'

/** Which of its group begin anew with an actor: none, all, or those that started behind it. */
export type ActorStrategy = 'one_for_one' | 'one_for_all' | 'rest_for_one'

/** What makes a service one of actors. */
export interface ActorPlan {
  /** How long one may have nothing to do before it is passivated; never without it. */
  readonly idleMs: number | undefined
  /** Whether its state is kept when it is passivated, and given to the next instance. */
  readonly snapshot: boolean
  /** The folder that states are kept in; in memory without it. */
  readonly snapshotDir: string | undefined
  /** What an actor does whose states are all torn: it does not start, or starts without. */
  readonly onInvalidSnapshot: 'fail' | 'fresh'
  /** How many may be live at a time. */
  readonly maxLive: number
  readonly policy: ActorPolicy
  /** The wait before the first restart, which doubles with each up to the longest. */
  readonly backoffMs: number
  readonly backoffMaxMs: number
  /** Restarts that are allowed within the period. */
  readonly maxRestarts: number
  readonly withinMs: number
  /** Actors of one group name share the fate that the strategy says; `{key}` in it stands for the key. */
  readonly group: string | undefined
  readonly strategy: ActorStrategy
  /** Places in `Plan.services` of actors that this one uses: they stop later. */
  readonly after: readonly number[]
}

/** When a context whose attempt ended with an error is tried again, and how long after. */
export interface RetryPolicy {
  /** How many attempts a context has in all: two or more. */
  readonly maxAttempts: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
  /** The codes to try again after; by default those of errors that say they are `retryable`. */
  readonly retryOn: readonly ErrorCode[] | undefined
  /** Whether one that was cut off may be tried again. */
  readonly idempotent: boolean
}

/** When a service is not run for a while, because too many of its contexts fail. */
export interface BreakerPolicy {
  /** The share of failures, above 0 and up to 1, from which on it opens. */
  readonly threshold: number
  /** How many outcomes there must be in the window to judge by. */
  readonly minimum: number
  readonly windowMs: number
  readonly openMs: number
}

/** One service, ready to run. */
export interface ServicePlan {
  readonly id: string
  /** Its place in `Plan.services`: what crosses the thread in place of the id. */
  readonly index: number
  readonly pool: string
  /** Whether it was written as `steps`: its result is then the final context. */
  readonly stepped: boolean
  readonly steps: readonly StepPlan[]
  readonly preload: boolean
  readonly idempotent: boolean
  /** `undefined` where a context has one attempt. */
  readonly retry: RetryPolicy | undefined
  readonly breaker: BreakerPolicy | undefined
  readonly mailbox: number
  readonly mailboxBytes: number
  readonly timeoutMs: number | undefined
  readonly deadlineMs: number | undefined
  readonly graceMs: number
  readonly loadTimeoutMs: number
  readonly warnAfterMs: number
  /** Places in `Plan.middleware` of what runs around it, outermost first. */
  readonly supervisorMiddleware: readonly number[]
  readonly workerMiddleware: readonly number[]
  /** Set for a service of actors. */
  readonly actor?: ActorPlan
}

/** One entry of the middleware list that is enabled. */
export interface MiddlewarePlan {
  readonly name: string
  /** Its place in the list as it was written, disabled ones counted. */
  readonly entry: number
  readonly side: Side
  /** A stock middleware, or a module of the user's with the export to take. */
  readonly source: { readonly use: StockMiddlewareName } | { readonly module: string; readonly export: string }
  readonly config: Readonly<Record<string, unknown>>
}

/** A named set of workers. */
export interface PoolPlan {
  readonly name: string
  readonly engine: EngineName
  readonly workers: number
  readonly maxRestarts: number
  readonly withinMs: number
  readonly recycleAfter: number | undefined
  readonly recycleAtMb: number | undefined
  readonly thread: ThreadPlan
}

/** What the threads of a pool are given and what bounds them. */
export interface ThreadPlan {
  readonly pool: string
  /** The names are those of `node:worker_threads`; what is absent is Node's default. */
  readonly resourceLimits: Readonly<Record<string, number>>
  /** Names of the environment variables to pass on; all where it is absent. */
  readonly env: readonly string[] | undefined
  /** Flags of Node; where they are absent, those of this process that threads take. */
  readonly execArgv: readonly string[] | undefined
}

/** A whole configuration. */
export interface Plan {
  /** The file that it was read from, as an absolute path; absent where it was an object. */
  readonly source?: string
  /** The folder that `./` modules are below. */
  readonly root: string
  readonly pools: readonly PoolPlan[]
  readonly services: readonly ServicePlan[]
  readonly middleware: readonly MiddlewarePlan[]
  readonly warnings: readonly string[]
}

/** What one lane needs to know to run its pool's services. */
export interface LaneSetup {
  readonly worker: number
  readonly root: string
  /** All services of the configuration, so that indexes hold. */
  readonly services: readonly ServicePlan[]
  readonly middleware: readonly MiddlewarePlan[]
  /** The services of this lane's pool to load before the lane is ready. */
  readonly preload: readonly number[]
  readonly logThreshold: LogThreshold
  readonly thread: ThreadPlan
  /** Whether the lane reports how much memory it uses. */
  readonly reportsMemory: boolean
  /** What is to go wrong in it, where it is tried what follows. */
  readonly fault?: FaultPlan | undefined
}
