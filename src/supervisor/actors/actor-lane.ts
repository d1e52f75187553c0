import type { ToActors, TurnMessage, TurnReply } from '../../contract/actor-messages.ts'
import { TroupeError } from '../../contract/errors.ts'
import type { Outcome } from '../../contract/outcome.ts'
import { transfersOf } from '../../contract/transfer.ts'
import type { CallEndpoint, CallReply, CallRequest, TurnResult } from '../../kernel/comlink.ts'
import { Fifo } from '../../kernel/fifo.ts'
import { describeThrown } from '../../kernel/thrown.ts'
import { transferProblem } from '../../kernel/transfer-problem.ts'
import { MAX_TURNS, TurnMarks } from '../../kernel/turn-marks.ts'
import { findUnclonable } from '../../kernel/unclonable.ts'
import type { Lane } from '../../engine/engine.ts'
import type { Execution } from '../execution.ts'
import type { Seat } from '../seat.ts'
import type { Service } from '../service.ts'
import type { ActorCell, ActorHome, Turn } from './actor-cell.ts'
import { CallContext } from './call-context.ts'
import type { LaneLoad } from './placement.ts'
import { QuickTurn } from './quick-turn.ts'

/** One lane of an actor pool: the actors that live there, and the turns in flight. */
export class ActorLane implements ActorHome, LaneLoad {
  readonly seat: Seat
  readonly cells = new Map<number, ActorCell>()
  readonly crowded = new Fifo<ActorCell>()
  readonly marks: TurnMarks
  readonly #lane: Lane
  readonly #calls: CallEndpoint
  readonly #ended: (turn: Turn, outcome: Outcome) => void
  readonly #turns = new Map<number, Turn>()
  readonly #quick: QuickTurn
  readonly #freeSlots: number[] = []
  #slots = 0
  #sent = 0
  #held = 0

  /** @param ended Hears how a turn ended, by a reply or because it could not be sent. */
  constructor(seat: Seat, calls: CallEndpoint, ended: (turn: Turn, outcome: Outcome) => void) {
    this.seat = seat
    this.#lane = seat.lane!
    this.marks = new TurnMarks(this.#lane.marks.memory)
    this.#calls = calls
    this.#ended = ended
    this.#quick = new QuickTurn(this.marks, () => this.#lane.hear())
  }

  get actors(): number {
    return this.cells.size
  }

  get turns(): number {
    return this.#turns.size
  }

  /** As they are now: some may end while they are looked at. */
  get inFlight(): Turn[] {
    return [...this.#turns.values()]
  }

  /** How many messages to actors of a service are in flight. */
  running(service: Service): number {
    return this.inFlight.filter(({ cell }) => cell.service === service).length
  }

  get hasRoom(): boolean {
    return this.#turns.size < MAX_TURNS
  }

  turnAt(slot: number): Turn | undefined {
    return this.#turns.get(slot)
  }

  /** Says something to the lane's actors. While it is to be answered, it keeps the process alive. */
  tell(message: ToActors | TurnMessage, transfers?: readonly ArrayBuffer[]): { error: unknown } | undefined {
    return this.#lane.tellActors(message, transfers)
  }

  hold(): void {
    if (this.#held++ === 0) this.#lane.hold(true)
  }

  unhold(): void {
    if (--this.#held === 0) this.#lane.hold(false)
  }

  /** Sends a message to an actor, whose mark is clear before it leaves. */
  send(cell: ActorCell, execution: Execution): Turn {
    const slot = this.#freeSlots.pop() ?? this.#slots++
    this.marks.clear(slot)
    const turn: Turn = {
      cell,
      execution,
      lane: this,
      slot,
      order: ++this.#sent,
      id: '',
      begunAt: undefined,
      killAt: Infinity,
      warned: false,
      handsOver: false,
      hasReplied: false,
    }
    this.#turns.set(slot, turn)
    this.hold()
    const { context } = execution
    const method = CallContext.methodOf(execution.original)
    const args = method === undefined ? [context] : Array.isArray(context.data) ? (context.data as unknown[]) : []
    this.#calls
      .call(method ?? 'execute', args, (request) => this.#post(turn, args, request))
      .then(
        (value) => this.#ended(turn, { ok: true, value }),
        (error: unknown) => this.#ended(turn, { ok: false, error: asTroupeError(execution, error) }),
      )
    this.#quick.sent(slot, () => this.#turns.size === 1 && this.#turns.has(slot))
    return turn
  }

  #post(turn: Turn, args: readonly unknown[], request: CallRequest): TroupeError | undefined {
    const { cell, execution, slot, order } = turn
    turn.id = request.id
    const transfers = argumentTransfers(execution, args)
    turn.handsOver = transfers !== undefined
    const problem = transfers && transferProblem(transfers)
    const { requestId } = execution
    const [method] = request.path
    const message: TurnMessage = { type: 'turn', actor: cell.id, slot, order, requestId, id: request.id, method, args }
    const failed = problem ? { error: undefined } : this.tell(message, transfers)
    if (!failed) return undefined
    const { path, what } = problem ?? findUnclonable(args, 'arguments')
    const text = `Message to ${cell.name} cannot cross a thread: ${path} is ${what}; pass plain values`
    return execution.error('INPUT_NOT_SERIALIZABLE', text, { cause: failed.error, details: { path, what } })
  }

  /** Takes a reply; its turn ends when Comlink has made of it what the caller gets. `false` for one that nobody awaits. */
  reply({ slot, id, ms, value, stream, error }: TurnReply): boolean {
    this.#quick.ran(ms)
    const turn = this.#turns.get(slot)
    if (turn?.id !== id) return false
    turn.hasReplied = true
    const result: TurnResult = stream === undefined ? { value } : { stream }
    const reply: CallReply = error
      ? { id, type: 'HANDLER', name: 'throw', value: { troupe: error } }
      : { id, type: 'RAW', value: result }
    return this.#calls.reply(reply)
  }

  /** Lets go of a turn that is over: its slot may be used again, and its caller's promise ends if it has not. */
  release(turn: Turn, error?: TroupeError): void {
    if (!this.#turns.delete(turn.slot)) return
    this.#freeSlots.push(turn.slot)
    this.unhold()
    if (error) this.#calls.fail(turn.id, error)
  }

  /** Ends every call: the lane is gone. */
  end(error: TroupeError): void {
    this.#calls.end(error)
  }
}

/** The buffers that the arguments of a call, or its context, were marked to hand over. */
function argumentTransfers(execution: Execution, args: readonly unknown[]): readonly ArrayBuffer[] | undefined {
  if (execution.transfers) return execution.transfers
  const buffers = args.flatMap((arg) => (typeof arg === 'object' && arg !== null ? (transfersOf(arg) ?? []) : []))
  return buffers.length > 0 ? buffers : undefined
}

function asTroupeError(execution: Execution, error: unknown): TroupeError {
  if (error instanceof TroupeError) {
    const { code, message, outcome, retryable, details, cause, stack } = error
    const fields = { outcome, retryable, details, ...(cause !== undefined && { cause }) }
    const made = execution.error(code, message, fields)
    if (stack !== undefined) Object.defineProperty(made, 'stack', { value: stack })
    return made
  }
  const { message } = describeThrown(error)
  return execution.error('COMPONENT_FAILED', message, { cause: error })
}
