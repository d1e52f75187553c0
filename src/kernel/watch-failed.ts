import { TroupeError } from '../contract/errors.ts'
import { describeThrown } from './thrown.ts'

/** What a middleware that only looks has thrown, before the component ran or after it. */
export function watchFailed(
  middleware: string,
  stage: 'before' | 'after',
  thrown: unknown,
  serviceId: string,
  requestId: string,
): TroupeError {
  return new TroupeError('MIDDLEWARE_ERROR', `Middleware "${middleware}" failed: ${describeThrown(thrown).message}`, {
    outcome: stage === 'before' ? 'not_started' : 'failed',
    serviceId,
    requestId,
    details: { middleware, stage },
    cause: thrown,
  })
}
