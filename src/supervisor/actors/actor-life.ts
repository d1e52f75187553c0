import type { ActorEnd, StopReason } from '../../contract/actor.ts'
import type { TroupeError } from '../../contract/errors.ts'
import type { Log } from '../../contract/log.ts'
import { Alarm } from '../../kernel/alarm.ts'
import { describeThrown } from '../../kernel/thrown.ts'
import type { EventHub } from '../event-hub.ts'
import type { ActorCell, AfterStop } from './actor-cell.ts'
import { actorStopped, startFailed, tooMany } from './actor-errors.ts'
import { ActorGroups } from './actor-groups.ts'
import { ActorStarts, type ActorStartsHost } from './actor-starts.ts'
import { tellEnd } from './actor-watch.ts'
import { planRestart } from './restart-plan.ts'

/** What the lives of actors need of the pool around them. */
export interface ActorLifeHost extends Pick<ActorStartsHost, 'lanes' | 'snapshots' | 'before'> {
  readonly events: EventHub
  readonly log: Log
  /** It takes messages now, or has come to rest: what waits for it may go on. */
  ready(cell: ActorCell): void
  /** Ends what waits for it. */
  refuse(cell: ActorCell, error: TroupeError): void
  /** Ends an actor that was asked to end, with its state kept where files keep it. */
  retire(cell: ActorCell): void
  /** Ends what it has asked of others that are down. */
  release(cell: ActorCell, isDown: (other: ActorCell) => boolean): void
  /** It ends with its version of the configuration. */
  bequeath(cell: ActorCell): void
  /** It has ended for good, or needs no remembering. */
  detach(cell: ActorCell): void
}

/** The lives of actors: each step follows from what has happened to one. What is decided is in the pure files beside it. */
export class ActorLife {
  readonly #host: ActorLifeHost
  readonly #alarm = new Alarm()
  readonly #starts: ActorStarts
  readonly #groups: ActorGroups
  readonly #liveByService = new Map<string, number>()
  #begun = 0
  #closing = false

  constructor(host: ActorLifeHost) {
    this.#host = host
    this.#starts = new ActorStarts({ ...host, failed: (cell, error) => this.startFailed(cell, error) })
    this.#groups = new ActorGroups({
      place: (cell) => this.#starts.place(cell),
      stop: (cell) => this.stop(cell, 'restarted', 'restart'),
      giveUp: (cell, error) => this.#giveUp(cell, error),
      release: (cell, isDown) => host.release(cell, isDown),
      after: (ms, run) => this.#alarm.after(ms, run),
    })
  }

  live(serviceId: string): number {
    return this.#liveByService.get(serviceId) ?? 0
  }

  /** Whether it takes no message now although it is live. */
  isHeldBack(cell: ActorCell): boolean {
    return cell.asks?.stopWanted === true || this.#groups.isPending(cell)
  }

  /** Makes the first instance of an actor, or one anew after it was passivated. */
  begin(cell: ActorCell): void {
    const { id } = cell.service.plan
    const { maxLive } = cell.plan
    if (this.live(id) >= maxLive) {
      this.#comeToNothing(cell, tooMany(cell, maxLive))
      return
    }
    this.#liveByService.set(id, this.live(id) + 1)
    cell.order = ++this.#begun
    this.#groups.joined(cell)
    this.#starts.place(cell)
  }

  /** A lane takes actors now. */
  opened(): void {
    this.#starts.opened()
  }

  started(cell: ActorCell): void {
    cell.lane!.unhold()
    cell.state = 'live'
    cell.usedAt = performance.now()
    const company = cell.asks
    const restartedFor = company?.restartedFor
    if (company && restartedFor) {
      company.restartedFor = undefined
      company.restarts++
      const about = { serviceId: cell.service.plan.id, key: cell.key, restarts: company.restarts }
      this.#host.events.emit('actor:restarted', () => ({ ...about, error: restartedFor.error }))
    }
    if (company?.stopWanted) this.#host.retire(cell)
    else {
      this.#groups.started(cell)
      this.#host.ready(cell)
    }
  }

  /** Its instance could not be made. The first that fails is its callers' to hear of; a restart that fails is a crash. */
  startFailed(cell: ActorCell, cause: unknown): void {
    this.#leaveLane(cell)
    const error = startFailed(cell, cause)
    if (cell.asks?.stopWanted) this.finish(cell, 'stopped')
    else if (cell.asks?.restartedFor) this.#restart(cell, error, true)
    else this.#comeToNothing(cell, error)
  }

  /** Its message has been handled; `failed` is set where its method threw. */
  turnEnded(cell: ActorCell, failed: TroupeError | undefined): void {
    const { policy } = cell.plan
    if (cell.asks?.stopWanted) this.#host.retire(cell)
    else if (failed && policy === 'restart') {
      cell.company.restartedFor = { error: failed }
      if (!this.#groups.failed(cell, failed, true)) this.stop(cell, 'restarted', 'restart')
    } else if (failed && policy === 'stop') this.#giveUp(cell, failed)
    else if (this.#groups.isPending(cell)) this.#groups.advance(cell)
    else this.#host.ready(cell)
  }

  /** It has asked something of another, while it may have to stop. */
  asked(cell: ActorCell): void {
    if (this.#groups.isPending(cell)) this.#groups.advance(cell)
  }

  /** Asks its instance to stop; `stopped` follows, unless its lane is gone before. */
  stop(cell: ActorCell, reason: StopReason, then: AfterStop): void {
    cell.state = 'stopping'
    cell.since = performance.now()
    cell.afterStop = then
    cell.lane!.hold()
    cell.lane!.tell({ type: 'stop', actor: cell.id, reason })
  }

  stopped(cell: ActorCell, error: Error | undefined): void {
    const about = { service_id: cell.service.plan.id, key: cell.key }
    if (error) this.#host.log.error({ ...about, error: describeThrown(error) }, 'Actor failed in stop()')
    this.#leaveLane(cell)
    this.#afterStop(cell)
  }

  #afterStop(cell: ActorCell): void {
    if (cell.afterStop === 'moved' || (cell.afterStop === 'restart' && this.#closing)) this.finish(cell, 'shutdown')
    else if (cell.afterStop === 'stopped') {
      this.finish(cell, this.#closing ? 'shutdown' : cell.asks?.stopError ? 'failed' : 'stopped')
    } else if (cell.afterStop === 'restart') {
      if (!this.#groups.isPending(cell)) this.#restart(cell, cell.asks?.restartedFor?.error, true)
      else {
        cell.state = 'waiting'
        this.#groups.advance(cell)
      }
    } else if (cell.asks?.stopWanted) this.finish(cell, 'stopped')
    else this.#comeToNothing(cell)
  }

  /** It has no instance any more, and what waits for one is refused with `error`, or makes another. */
  #comeToNothing(cell: ActorCell, error?: TroupeError): void {
    this.#rest(cell)
    if (error) this.#host.refuse(cell, error)
    this.#host.ready(cell)
    if (!cell.isRemembered && cell.state === 'absent') this.#host.detach(cell)
  }

  /** Its lane is gone, and its instance with it. */
  lost(cell: ActorCell, error: TroupeError, counts: boolean): void {
    const was = cell.state
    if (was !== 'live') cell.lane!.unhold()
    cell.lane = undefined
    if (was === 'saving') cell.asks?.onSnapshot?.(undefined)
    if (was === 'stopping' && cell.afterStop !== 'restart') this.#afterStop(cell)
    else if (cell.asks?.stopWanted || this.#closing) this.finish(cell, this.#closing ? 'shutdown' : 'stopped')
    else if (cell.plan.policy === 'stop') this.finish(cell, 'failed', error)
    else this.#restart(cell, error, counts)
  }

  /** Makes another instance, after a wait that grows with crashes that count; or ends it, where there were too many. */
  #restart(cell: ActorCell, error: TroupeError | undefined, counts: boolean): void {
    const { company } = cell
    company.restartedFor = { error }
    cell.state = 'waiting'
    if (this.#groups.failed(cell, error, counts)) return
    if (!counts) {
      this.#starts.place(cell)
      return
    }
    const { history, delayMs } = planRestart(company.history, performance.now(), cell.plan)
    company.history = history
    if (delayMs === undefined) {
      this.finish(cell, 'failed', error)
      return
    }
    this.#alarm.after(delayMs, () => {
      if (cell.state === 'waiting') this.#starts.place(cell)
    })
  }

  /** Ends an actor that failed, or that shares the fate of one; what it has in hand it may bring to its end. */
  #giveUp(cell: ActorCell, error: TroupeError | undefined): void {
    cell.company.stopError = error
    void this.end(cell)
  }

  /** Ends an actor, when its message has been handled. */
  async end(cell: ActorCell): Promise<void> {
    if (cell.state === 'stopped') return
    const { company } = cell
    const stopped = new Promise<void>((resolve) => company.onStopped.push(resolve))
    company.stopWanted = true
    if (cell.state === 'live' && !cell.turn) this.#host.retire(cell)
    else if (cell.state === 'stopping') cell.afterStop = 'stopped'
    else if (!cell.lane) this.finish(cell, company.stopError ? 'failed' : 'stopped')
    await stopped
  }

  /** Ends an actor for good: what waits is refused, and who watches is told, once. */
  finish(cell: ActorCell, reason: ActorEnd['reason'], error?: TroupeError): void {
    this.#rest(cell)
    this.#starts.forget(cell)
    cell.state = 'stopped'
    this.#host.detach(cell)
    if (reason === 'shutdown') this.#host.bequeath(cell)
    if (cell.mailbox) this.#host.refuse(cell, actorStopped(cell, error ?? cell.asks?.stopError))
    tellEnd(cell, reason, error)
  }

  #rest(cell: ActorCell): void {
    if (!cell.isLive) return
    const { id } = cell.service.plan
    this.#liveByService.set(id, this.live(id) - 1)
    cell.state = 'absent'
    this.#groups.left(cell)
  }

  #leaveLane(cell: ActorCell): void {
    const { lane } = cell
    cell.lane = undefined
    if (lane?.cells.delete(cell.id)) lane.unhold()
  }

  /** Starts nothing any more. */
  close(): void {
    this.#closing = true
    this.#starts.close()
    this.#alarm.stop()
  }
}
