import type { ActorEnd } from '../../contract/actor.ts'
import type { TroupeError } from '../../contract/errors.ts'
import type { Log } from '../../contract/log.ts'
import { describeThrown } from '../../kernel/thrown.ts'
import type { ActorCell } from './actor-cell.ts'

/** Calls a listener once when an actor has ended; soon, where it has already. Returns how to stop. */
export function watchActor(cell: ActorCell, listener: (end: ActorEnd) => void, log: Log): () => void {
  const { watchers } = cell.company
  let isWanted = true
  const told = (end: ActorEnd) => {
    if (!isWanted) return
    isWanted = false
    try {
      listener(end)
    } catch (error) {
      log.error({ error: describeThrown(error) }, 'A listener failed')
    }
  }
  if (cell.state === 'stopped') queueMicrotask(() => told(endOf(cell)))
  else watchers.add(told)
  return () => {
    isWanted = false
    watchers.delete(told)
  }
}

/** Tells all who watch an actor, and all who wait for its end, that it has ended. */
export function tellEnd(cell: ActorCell, reason: ActorEnd['reason'], error: TroupeError | undefined): void {
  const { company } = cell
  company.stopError = error ?? company.stopError
  company.endedAs = reason
  const watchers = [...company.watchers]
  company.watchers.clear()
  for (const watcher of watchers) watcher(endOf(cell))
  for (const stopped of company.onStopped.splice(0)) stopped()
}

function endOf({ service, key, company }: ActorCell): ActorEnd {
  return { serviceId: service.plan.id, key, reason: company.endedAs, error: company.stopError }
}
