import type { StopReason } from '../../contract/actor.ts'
import type { ActorSnapshot } from '../../contract/actor-messages.ts'
import type { Log } from '../../contract/log.ts'
import { describeThrown } from '../../kernel/thrown.ts'
import { fromWireError } from '../../kernel/wire-error.ts'
import type { Service } from '../service.ts'
import type { ActorCell, AfterStop } from './actor-cell.ts'
import type { ActorDirectory } from './actor-directory.ts'
import { isIdle, sweepEveryMs } from './idleness.ts'
import type { Snapshots } from './snapshots.ts'
import { stopLevels } from './stop-order.ts'

/** What passivation needs of the pool around it. */
export interface PassivationHost {
  readonly services: readonly Service[]
  readonly directory: ActorDirectory
  readonly snapshots: Snapshots
  readonly log: Log
  stop(cell: ActorCell, reason: StopReason, then: AfterStop): void
  /** It has given its state: what waits for it may go on. */
  ready(cell: ActorCell): void
  /** It has not come to the end of its start, of its stop or of giving its state for longer than that may take. */
  overdue(cell: ActorCell): void
}

/** Lets actors go that have nothing to do, and all of them at the shutdown: their state is kept first, then they stop. */
export class Passivation {
  readonly #host: PassivationHost
  #timer: NodeJS.Timeout | undefined

  constructor(host: PassivationHost) {
    this.#host = host
  }

  /** One look at all actors from time to time: none has a timer of its own. */
  start(): void {
    const every = sweepEveryMs(this.#host.services.map(({ plan }) => plan.actor?.idleMs))
    this.#timer = setInterval(() => this.#sweep(performance.now()), every)
    this.#timer.unref()
  }

  #sweep(now: number): void {
    for (const cell of this.#host.directory.all()) {
      const { state, since, usedAt, plan } = cell
      if (state === 'live') {
        if (isIdle({ isFree: isFree(cell), usedAt, idleMs: plan.idleMs }, now)) void this.#passivate(cell)
      } else if (state === 'starting' || state === 'saving' || state === 'stopping') {
        if (now - since > cell.service.plan.loadTimeoutMs) this.#host.overdue(cell)
      }
    }
  }

  async #passivate(cell: ActorCell): Promise<void> {
    const { usedAt } = cell
    if (cell.plan.snapshot) {
      const isKept = await this.#save(cell)
      if (cell.asks?.stopWanted) {
        if (cell.state === 'live' && !cell.turn) await this.retire(cell, 'stopped')
        return
      }
      // A message came meanwhile, and was handled or is: then the actor stays.
      if (!isKept || cell.state !== 'live' || !isFree(cell) || cell.usedAt !== usedAt) return
    }
    this.#host.stop(cell, 'passivated', 'absent')
  }

  /** Stops an actor that has nothing to do and goes on in another version of the configuration. */
  async leave(cell: ActorCell): Promise<void> {
    const stopped = new Promise<void>((resolve) => cell.company.onStopped.push(resolve))
    if (cell.plan.snapshot) await this.#save(cell)
    if (cell.state === 'live') this.#host.stop(cell, 'restarted', 'moved')
    await stopped
  }

  /** Stops an actor for good, where its state is kept in files with that. */
  async retire(cell: ActorCell, reason: 'stopped' | 'shutdown'): Promise<void> {
    if (cell.plan.snapshotDir !== undefined) {
      await this.#save(cell)
      if (cell.state !== 'live' || cell.turn) return
    }
    this.#host.stop(cell, reason, 'stopped')
  }

  /** Asks for an actor's state and keeps it. `false` where that failed: the one before still counts. */
  async #save(cell: ActorCell): Promise<boolean> {
    const { company } = cell
    if (company.onSnapshot) return false
    cell.state = 'saving'
    cell.since = performance.now()
    cell.lane!.hold()
    cell.lane!.tell({ type: 'snapshot', actor: cell.id })
    const taken = await new Promise<ActorSnapshot | undefined>((resolve) => (company.onSnapshot = resolve))
    try {
      if (!taken) return false
      if (taken.error) throw fromWireError(taken.error)
      if (taken.state) await this.#host.snapshots.keep(cell, taken.state)
      return true
    } catch (error) {
      const about = { service_id: cell.service.plan.id, key: cell.key, error: describeThrown(error) }
      this.#host.log.error(about, 'The state of an actor could not be kept; it stays as it is')
      // It is not asked again before it has been idle for as long once more.
      cell.usedAt = performance.now()
      return false
    } finally {
      company.onSnapshot = undefined
    }
  }

  snapshotted(cell: ActorCell, message: ActorSnapshot): void {
    if (cell.state !== 'saving') return
    cell.lane!.unhold()
    cell.state = 'live'
    cell.asks?.onSnapshot?.(message)
    this.#host.ready(cell)
  }

  /** Stops what is live, by levels of who uses whom, each lane's in the reverse order of their starts. */
  async close(until: number): Promise<void> {
    clearInterval(this.#timer)
    const { services, directory } = this.#host
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(), Math.max(until - performance.now(), 0))
    const tooLate = new Promise<void>((resolve) => limit.signal.addEventListener('abort', () => resolve()))
    const leaving = [...directory.all()].filter(({ state }) => state === 'saving' || state === 'stopping')
    await Promise.race([Promise.all(leaving.map((cell) => cell.becomesFree())), tooLate])
    const live = [...directory.all()].filter(({ state }) => state === 'live').toSorted((a, b) => b.order - a.order)
    const levels = stopLevels(new Map(services.map(({ plan }) => [plan.index, plan.actor?.after ?? []])))
    const levelOf = ({ service }: ActorCell) => levels.get(service.plan.index) ?? 0
    for (const level of [...new Set(live.map(levelOf))].toSorted((a, b) => a - b)) {
      if (limit.signal.aborted) break
      const cells = live.filter((cell) => levelOf(cell) === level)
      const stopped = cells.map((cell) => new Promise<void>((resolve) => cell.company.onStopped.push(resolve)))
      await Promise.race([this.#retireAll(cells).then(() => Promise.all(stopped)), tooLate])
    }
    clearTimeout(timer)
  }

  /** Keeps all states first, so that the stops leave in their order. */
  async #retireAll(cells: readonly ActorCell[]): Promise<void> {
    // One in memory too: a later version of the configuration may ask for it.
    await Promise.all(cells.map(async (cell) => cell.plan.snapshot && (await this.#save(cell))))
    for (const cell of cells) if (cell.state === 'live') this.#host.stop(cell, 'shutdown', 'stopped')
  }
}

function isFree(cell: ActorCell): boolean {
  return !cell.turn && !cell.mailbox
}
