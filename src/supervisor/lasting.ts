import type { TroupeError } from '../contract/errors.ts'
import type { StartOptions } from '../contract/options.ts'
import { EventHub } from './event-hub.ts'
import { logEvents } from './event-log.ts'
import { type Logger, createLogger } from './logger.ts'
import { Shares } from './shares.ts'

/** What of a supervisor outlives a reload: what it was told at its start, whom it tells what happens, what it shares. */
export interface Lasting {
  readonly options: StartOptions
  readonly logger: Logger
  readonly events: EventHub
  readonly shares: Shares
  /** Why nothing is accepted any more, if so. */
  readonly refusal: () => TroupeError | undefined
}

/** Makes it at the start of a supervisor. */
export function makeLasting(options: StartOptions, refusal: () => TroupeError | undefined): Lasting {
  const logger = createLogger(options.logLevel ?? 'info', options.logger)
  const events = new EventHub(logger.log)
  logEvents(events, logger.log)
  return { options, logger, events, shares: new Shares(), refusal }
}
