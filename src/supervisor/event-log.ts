import type { EventMap } from '../contract/events.ts'
import type { Log } from '../contract/log.ts'
import type { EventHub } from './event-hub.ts'

/**
 * Logs the events of everyday life. It listens only where their level is written, since there may be millions of them;
 * what is out of the ordinary is logged where it happens.
 */
export function logEvents(events: EventHub, log: Log): void {
  if (log.isLevelEnabled('debug')) {
    events.on('service:loaded', ({ serviceId, worker }) =>
      log.debug({ service_id: serviceId, worker }, 'Service loaded'),
    )
    events.on('worker:started', ({ pool, worker, threadId }) =>
      log.debug({ pool, worker, thread: threadId }, 'Worker started'),
    )
  }
  if (!log.isLevelEnabled('trace')) return
  events.on('context:accepted', (context) => log.trace(fieldsOf(context), 'Context accepted'))
  events.on('context:settled', (context) => {
    const { ok, error } = context
    log.trace(
      { ...fieldsOf(context), ok, ...(error && { code: error.code, outcome: error.outcome }) },
      'Context settled',
    )
  })
}

function fieldsOf({ serviceId, requestId }: EventMap['context:accepted']): Readonly<Record<string, unknown>> {
  return { service_id: serviceId, request_id: requestId }
}
