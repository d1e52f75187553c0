import type { RoutedContext } from '../contract/context.ts'
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
    let result: unknown
    try {
      result = terminal(context)
    } catch (error) {
      return end(watched, context, { ok: false, error: error as TroupeError })
    }
    return isThenable(result) ? endLater(watched, context, result) : end(watched, context, { ok: true, value: result })
  }
}

function endLater(watched: Watched, context: RoutedContext, result: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(result).then(
    (value) => end(watched, context, { ok: true, value }),
    (error: unknown) => end(watched, context, { ok: false, error: error as TroupeError }),
  )
}

function end(watched: Watched, { service_id, request_id }: RoutedContext, outcome: Outcome): unknown {
  const ended = watched.end(outcome, service_id, request_id)
  if (ended.ok) return ended.value
  throw ended.error
}
