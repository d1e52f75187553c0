import type { TroupeError } from '../contract/errors.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Chain } from './chain.ts'
import { COMPONENT } from './stage.ts'
import { isThenable } from './thenable.ts'
import type { Watched } from './watched.ts'
import type { Watchers } from './watchers.ts'

/** The chain of middleware that only look. */
export function composeWatching(watchers: Watchers): Chain {
  return (context, terminal, scope, track) => {
    const watched = watchers.begin(context, scope)
    track?.enter(COMPONENT)
    if (watched === undefined) return terminal(context)
    // As it began: a component may write into its context.
    const { service_id: serviceId, request_id: requestId } = context
    let result: unknown
    try {
      result = terminal(context)
    } catch (error) {
      return end(watched, serviceId, requestId, { ok: false, error: error as TroupeError })
    }
    if (isThenable(result)) return endLater(watched, serviceId, requestId, result)
    return end(watched, serviceId, requestId, { ok: true, value: result })
  }
}

function endLater(
  watched: Watched,
  serviceId: string,
  requestId: string,
  result: PromiseLike<unknown>,
): Promise<unknown> {
  return Promise.resolve(result).then(
    (value) => end(watched, serviceId, requestId, { ok: true, value }),
    (error: unknown) => end(watched, serviceId, requestId, { ok: false, error: error as TroupeError }),
  )
}

function end(watched: Watched, serviceId: string, requestId: string, outcome: Outcome): unknown {
  const ended = watched.end(outcome, serviceId, requestId)
  if (ended.ok) return ended.value
  throw ended.error
}
