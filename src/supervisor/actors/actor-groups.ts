import type { TroupeError } from '../../contract/errors.ts'
import type { CrashHistory } from '../restart-budget.ts'
import type { ActorCell } from './actor-cell.ts'
import { sharesFate } from './group-fate.ts'
import { planRestart } from './restart-plan.ts'

/** What groups need of the lives around them. */
export interface ActorGroupsHost {
  /** Makes another instance of a member that has none. */
  place(cell: ActorCell): void
  /** Stops the instance of a member, which `advance` hears of. */
  stop(cell: ActorCell): void
  /** Ends a member for good. */
  giveUp(cell: ActorCell, error: TroupeError | undefined): void
  /** Ends what a member that is to stop waits for, where that would never come. */
  release(cell: ActorCell, isDown: (other: ActorCell) => boolean): void
  after(ms: number, run: () => void): void
}

interface Group {
  readonly members: Set<ActorCell>
  /** Those that are to begin anew, each with the round in which it was made again. */
  readonly pending: Map<ActorCell, number>
  history: CrashHistory
  /** Counts failures: who was made again before the last of them has to once more. */
  round: number
  readyAt: number
}

/**
 * Groups whose members begin anew together: those that share the fate of one that failed stop in the reverse order of
 * their starts, and start in that order, one after another. What is to be done next follows from how the members are
 * now, so that a failure in the midst of it only adds to what is pending.
 */
export class ActorGroups {
  readonly #host: ActorGroupsHost
  readonly #groups = new Map<string, Group>()

  constructor(host: ActorGroupsHost) {
    this.#host = host
  }

  #of(cell: ActorCell): Group | undefined {
    if (cell.plan.group === undefined || cell.plan.strategy === 'one_for_one') return undefined
    const name = cell.group!
    let group = this.#groups.get(name)
    if (!group) {
      group = { members: new Set(), pending: new Map(), history: [], round: 0, readyAt: 0 }
      this.#groups.set(name, group)
    }
    return group
  }

  joined(cell: ActorCell): void {
    this.#of(cell)?.members.add(cell)
  }

  left(cell: ActorCell): void {
    const group = this.#of(cell)
    if (!group?.members.delete(cell)) return
    if (group.members.size === 0) this.#groups.delete(cell.group!)
    if (group.pending.delete(cell)) this.#advance(group)
  }

  isPending(cell: ActorCell): boolean {
    return this.#of(cell)?.pending.has(cell) === true
  }

  /** A member has failed, and is down or has nothing in hand. `false` where it has no fate to share. */
  failed(cell: ActorCell, error: TroupeError | undefined, counts: boolean): boolean {
    const group = this.#of(cell)
    if (!group) return false
    const now = performance.now()
    const fate = sharesFate(inOrder(group.members), cell, cell.plan.strategy)
    if (counts) {
      const { history, delayMs } = planRestart(group.history, now, cell.plan)
      group.history = history
      if (delayMs === undefined) {
        for (const member of fate.toReversed()) this.#host.giveUp(member, error)
        return true
      }
      group.readyAt = now + delayMs
      this.#host.after(delayMs, () => this.#advance(group))
    }
    group.round++
    for (const member of fate) {
      group.pending.set(member, -1)
      member.company.restartedFor ??= { error }
    }
    this.#advance(group)
    return true
  }

  /** A member is up: it has done its part, unless another has failed since it was made. */
  started(cell: ActorCell): void {
    const group = this.#of(cell)
    if (!group?.pending.has(cell)) return
    if (group.pending.get(cell) === group.round) group.pending.delete(cell)
    this.#advance(group)
  }

  /** Something about a member has changed. */
  advance(cell: ActorCell): void {
    const group = this.#of(cell)
    if (group) this.#advance(group)
  }

  #advance(group: Group): void {
    const pending = inOrder(group.pending.keys())
    for (const member of pending.toReversed()) {
      if (member.state === 'waiting') continue
      if (member.state !== 'live') return
      if (member.turn) this.#host.release(member, (other) => group.pending.has(other))
      else this.#host.stop(member)
      return
    }
    const [first] = pending
    if (!first || performance.now() < group.readyAt) return
    group.pending.set(first, group.round)
    this.#host.place(first)
  }
}

function inOrder(members: Iterable<ActorCell>): ActorCell[] {
  return [...members].toSorted((a, b) => a.order - b.order)
}
