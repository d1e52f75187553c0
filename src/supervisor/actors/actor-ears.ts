import type { FromActors, TurnReply } from '../../contract/actor-messages.ts'
import { fromWireError } from '../../kernel/wire-error.ts'
import type { ActorCell } from './actor-cell.ts'
import type { ActorLane } from './actor-lane.ts'
import type { ActorLife } from './actor-life.ts'
import type { AskDesk } from './ask-desk.ts'
import type { Passivation } from './passivation.ts'
import type { TurnDesk } from './turn-desk.ts'
import type { TurnLimits } from './turn-limits.ts'

/** Those whom the words of a lane's actors concern. */
export interface ActorEars {
  readonly life: ActorLife
  readonly turns: TurnDesk
  readonly asks: AskDesk
  readonly limits: TurnLimits
  readonly passivation: Passivation
  /** A reply came that nobody awaits. */
  readonly late: () => void
}

/** What is about one instance. */
type OfActor = Extract<FromActors, { readonly actor: number }>

/** Takes a reply of a lane's. */
export function hearReply(lane: ActorLane, message: TurnReply, { late }: ActorEars): void {
  lane.turnAt(message.slot)?.execution.service.meter.ran(1, message.ms)
  if (!lane.reply(message)) late()
}

/** Tells what a lane says of its actors to whom it concerns. */
export function hearActors(lane: ActorLane, message: FromActors, ears: ActorEars): void {
  switch (message.type) {
    case 'skipped':
      ears.turns.skipped(lane.turnAt(message.slot))
      return
    case 'progress': {
      const { fraction, note } = message
      lane.turnAt(message.slot)?.execution.onProgress?.({ fraction, note })
      return
    }
    case 'running':
      ears.limits.unreadable(lane, message, (turn, outcome) => ears.turns.ended(turn, outcome))
      return
    default: {
      // One that has been given up is of no concern any more.
      const cell = lane.cells.get(message.actor)
      if (cell) hearOf(cell, message, ears)
      else if (message.type === 'ask') ears.asks.refuse(lane, message.ask)
    }
  }
}

function hearOf(cell: ActorCell, message: OfActor, { life, turns, asks, passivation }: ActorEars): void {
  switch (message.type) {
    case 'started':
      life.started(cell)
      return
    case 'start-failed':
      turns.takeBack(cell)
      life.startFailed(cell, fromWireError(message.error))
      return
    case 'snapshotted':
      passivation.snapshotted(cell, message)
      return
    case 'stopped':
      life.stopped(cell, message.error && fromWireError(message.error))
      return
    case 'ask':
      asks.hear(cell, message)
      life.asked(cell)
  }
}
