import type { Context } from '../contract/context.ts'
import type { LoadedMessage } from '../contract/messages.ts'
import type { PoolPlan } from '../contract/plan.ts'
import type { Occupancy, PoolStats } from '../contract/report.ts'
import type { Mailbox } from '../kernel/mailbox.ts'
import type { EndCode } from './execution-errors.ts'
import type { Execution } from './execution.ts'
import type { Service } from './service.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Span } from './span.ts'
import type { Share } from './shares.ts'

/** What the supervisor asks of a pool, of services without state or of actors. */
export interface ServicePool {
  readonly plan: PoolPlan
  readonly stats: PoolStats
  start(): Promise<void>
  /** The mailbox that a context waits in. */
  mailbox(service: Service, context: Context): Mailbox<Execution>
  occupancyOf(service: Service): Occupancy
  /** Puts an accepted execution, whose place in the mailbox is reserved, in line. */
  enqueue(execution: Execution): void
  /** Puts in line what a span has waiting, `count` of it new. */
  enqueueSpan(span: Span, count: number): void
  /** Ends an execution that is waiting or in flight. */
  withdraw(execution: Execution, code: EndCode, why: string, now: number, cause?: unknown): void
  /** Looks at what runs; `true` while it is to be looked at again. */
  sample(now: number): boolean
  load(service: Service): Promise<LoadedMessage>
  share(share: Share): void
  rejectWaiting(service: Service, why: string, reject?: (execution: Execution, why: string) => Outcome): void
  /** Ends everything that waits or runs. */
  cutOff(why: string): void
  /** Ends every lane; returns how many threads would not end. */
  close(until: number): Promise<number>
}
