import type { Context } from '../../contract/context.ts'
import type { Log } from '../../contract/log.ts'
import type { ExecuteOptions } from '../../contract/options.ts'
import type { EventHub } from '../event-hub.ts'
import type { Settle } from '../caller.ts'
import type { PoolHost } from '../pool-host.ts'
import type { ActorCell } from './actor-cell.ts'
import type { Legacy } from './succession.ts'

/** What actors need of the supervisor around them, whichever pool they are in. */
export interface ActorsHost {
  readonly events: EventHub
  readonly log: Log
  /** The folder that a relative `snapshot_dir` is below. */
  readonly root: string
  /** Takes a context in, as the supervisor's `execute` does. */
  submit(context: Context, options: ExecuteOptions, settle: Settle): void
}

/** What a pool of actors needs of the supervisor around it. */
export interface ActorPoolHost
  extends ActorsHost, Pick<PoolHost, 'engine' | 'services' | 'voice' | 'shares' | 'setup'> {
  /** The actor that a context is for, of whichever pool; `undefined` where it is for none. */
  cellOf(context: Context): ActorCell | undefined
  /** What the version of the configuration before this one leaves of an actor; it is known to it no more. */
  before(cell: ActorCell): Promise<Legacy | undefined> | undefined
  /** An actor ends with its version. */
  bequeath(cell: ActorCell): void
}
