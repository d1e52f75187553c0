import { TroupeError } from '../../contract/errors.ts'
import type { LaneEnd } from '../../engine/engine.ts'
import { crashed, handedOver } from '../execution-errors.ts'
import type { ActorCell } from './actor-cell.ts'
import type { ActorLane } from './actor-lane.ts'
import type { ActorLife } from './actor-life.ts'
import type { AskDesk } from './ask-desk.ts'
import type { TurnDesk } from './turn-desk.ts'

/**
 * Settles what a lane leaves behind that is gone, when every message it posted has been heard: a message that had begun
 * may have had effects, one that had not is sent again, and the actors begin anew elsewhere.
 */
export function loseLane(
  lane: ActorLane,
  end: LaneEnd,
  { life, turns, asks }: { readonly life: ActorLife; readonly turns: TurnDesk; readonly asks: AskDesk },
): void {
  const { seat } = lane
  asks.lost(lane)
  const culprits = new Map<ActorCell, TroupeError>()
  for (const turn of lane.inFlight) {
    if (turn.hasReplied) continue
    const { cell, execution } = turn
    if (!lane.marks.hasBegun(turn.slot)) {
      if (turn.handsOver && execution.phase === 'in_flight') execution.deliver(handedOver(execution, seat.worker))
      turns.takeBack(cell)
      continue
    }
    const outcome = crashed(execution, seat.worker, end, seat.orphan?.error)
    if (outcome.ok) continue
    lane.release(turn, outcome.error)
    cell.turn = undefined
    culprits.set(cell, outcome.error)
    if (execution.phase === 'in_flight') execution.deliver(outcome)
  }
  const gone = new TroupeError('WORKER_CRASHED', `Worker ${seat.worker} has ended: ${end.reason}`)
  lane.end(gone)
  const cells = [...lane.cells.values()]
  lane.cells.clear()
  // An end that was asked for, by a limit or by the shutdown, counts against nobody. Where no message ran, a timer or a
  // promise of any of them may have ended the thread.
  const counts = !end.drained && !seat.ending
  for (const cell of cells) {
    life.lost(cell, culprits.get(cell) ?? gone, counts && (culprits.size === 0 || culprits.has(cell)))
  }
}
