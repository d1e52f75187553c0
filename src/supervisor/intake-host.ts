import type { TroupeError } from '../contract/errors.ts'
import type { Log } from '../contract/log.ts'
import type { EventHub } from './event-hub.ts'
import type { LimitWatch } from './limit-watch.ts'
import type { Router } from './router.ts'
import type { Service } from './service.ts'
import type { ServicePool } from './service-pool.ts'
import type { Shares } from './shares.ts'

/** What the intake needs of the supervisor around it. */
export interface IntakeHost {
  readonly router: Router
  readonly events: EventHub
  readonly shares: Shares
  readonly log: Log
  readonly watch: LimitWatch
  /** Why nothing is accepted any more, if so. */
  refusal(): TroupeError | undefined
  pool(service: Service): ServicePool
  /** Whether the service's supervisor-side middleware is the user's own, and may change what it is given. */
  mayMutate(service: Service): boolean
  childLog(fields: Readonly<Record<string, unknown>>): Log
}
