import type { TroupeError } from '../../contract/errors.ts'
import type { Outcome } from '../../contract/outcome.ts'
import type { Execution } from '../execution.ts'
import type { ActorCell, ActorHome, Turn } from './actor-cell.ts'
import { ActorMailboxes } from './actor-mailboxes.ts'

/** What turns need of the pool around them. */
export interface TurnDeskHost {
  /** It has a message and no instance. */
  begin(cell: ActorCell): void
  isHeldBack(cell: ActorCell): boolean
  /** Its message has been handled; `failed` is set where its method threw. */
  turnEnded(cell: ActorCell, failed: TroupeError | undefined): void
  /** What a turn came to, as its caller gets it. */
  unwrap(cell: ActorCell, result: unknown): Outcome
  /** A turn ended that nobody waits for any more. */
  late(): void
}

/** Hands actors their messages, one at a time, and their callers what became of them. */
export class TurnDesk {
  readonly mailboxes = new ActorMailboxes()
  readonly #host: TurnDeskHost

  constructor(host: TurnDeskHost) {
    this.#host = host
  }

  /** Hands an actor its next message, if it can take one now. */
  pump(cell: ActorCell): void {
    if (cell.turn) return
    if (!cell.mailbox) {
      if (cell.state === 'live' || cell.state === 'absent') tellFree(cell)
      return
    }
    switch (cell.state) {
      case 'absent':
        if (cell.mailbox.length > 0) this.#host.begin(cell)
        else this.#rest(cell)
        return
      case 'starting':
      case 'live':
        if (!this.#host.isHeldBack(cell)) this.#send(cell)
        return
      case 'reading':
      case 'saving':
      case 'stopping':
      case 'waiting':
      case 'stopped':
    }
  }

  #send(cell: ActorCell): void {
    const lane = cell.lane!
    if (!lane.hasRoom) {
      lane.crowded.push(cell)
      return
    }
    const execution = this.mailboxes.take(cell)
    if (!execution) {
      this.#rest(cell)
      return
    }
    execution.phase = 'in_flight'
    cell.turn = lane.send(cell, execution)
    execution.holder = cell.turn
  }

  #rest(cell: ActorCell): void {
    this.mailboxes.rest(cell)
    if (!cell.mailbox) tellFree(cell)
  }

  /** A turn has ended, by its reply or because it could not be sent. */
  ended(turn: Turn, outcome: Outcome): void {
    const { cell, lane, execution } = turn
    if (lane.turnAt(turn.slot) !== turn) return
    lane.release(turn)
    cell.turn = undefined
    cell.usedAt = performance.now()
    const failed = !outcome.ok && outcome.error.code === 'COMPONENT_FAILED' ? outcome.error : undefined
    if (execution.phase !== 'in_flight') this.#host.late()
    else execution.deliver(outcome.ok ? this.#host.unwrap(cell, outcome.value) : outcome)
    // Its caller may have sent another message by now, or stopped it.
    if (!cell.turn && cell.state === 'live') this.#host.turnEnded(cell, failed)
    else this.pump(cell)
    this.#pumpCrowded(lane)
  }

  /** Those that found no room on a lane have it now, in their order. */
  #pumpCrowded(lane: ActorHome): void {
    while (lane.crowded.length > 0 && lane.hasRoom) {
      const cell = lane.crowded.shift()!
      if (cell.lane === lane) this.pump(cell)
    }
  }

  /** A turn was cancelled before it began; its caller has been settled. */
  skipped(turn: Turn | undefined): void {
    if (!turn) return
    turn.lane.release(turn, turn.execution.error('CANCELLED', 'The message was passed over'))
    turn.cell.turn = undefined
    if (turn.cell.state === 'live') this.#host.turnEnded(turn.cell, undefined)
    else this.pump(turn.cell)
  }

  /** Takes back a message that was sent to an instance that never came to be. */
  takeBack(cell: ActorCell): void {
    const { turn } = cell
    if (!turn) return
    turn.lane.release(turn, turn.execution.error('CANCELLED', 'The message was taken back'))
    cell.turn = undefined
    if (turn.execution.phase === 'in_flight') this.mailboxes.putBack(cell, turn.execution)
  }

  /** Ends what waits for an actor. */
  refuse(cell: ActorCell, error: TroupeError): void {
    const { code, message, details, cause } = error
    for (const one of this.mailboxes.takeAll(cell)) this.#reject(one, one.error(code, message, { details, cause }))
    this.mailboxes.rest(cell)
  }

  #reject(execution: Execution, error: TroupeError): void {
    execution.phase = 'middleware'
    execution.deliver({ ok: false, error })
  }
}

function tellFree({ asks }: ActorCell): void {
  if (asks && asks.onFree.length > 0) for (const hear of asks.onFree.splice(0)) hear()
}
