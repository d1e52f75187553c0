import type { ActorEnd } from '../../contract/actor.ts'
import type { ActorSnapshot, ToActors, TurnMessage } from '../../contract/actor-messages.ts'
import type { TroupeError } from '../../contract/errors.ts'
import type { Outcome } from '../../contract/outcome.ts'
import type { ActorPlan } from '../../contract/plan.ts'
import type { Fifo } from '../../kernel/fifo.ts'
import type { Mailbox } from '../../kernel/mailbox.ts'
import type { TurnMarks } from '../../kernel/turn-marks.ts'
import type { Execution } from '../execution.ts'
import type { CrashHistory } from '../restart-budget.ts'
import type { Seat } from '../seat.ts'
import type { Service } from '../service.ts'

/**
 * Where an actor is in its life: it has no instance; its state is being read; its instance is being made, takes
 * messages, gives its state, or is being stopped; it waits to be made again; it has ended for good.
 */
export type ActorState = 'absent' | 'reading' | 'starting' | 'live' | 'saving' | 'stopping' | 'waiting' | 'stopped'

/** What becomes of an actor once its instance has stopped. */
export type AfterStop = 'absent' | 'restart' | 'stopped' | 'moved'

/** What few actors have, or have only for a while. */
export interface ActorCompany {
  history: CrashHistory
  restarts: number
  /** What ended the last instance, while the next is being made. */
  restartedFor: { readonly error: TroupeError | undefined } | undefined
  /** Whether it is to end when its message has been handled. */
  stopWanted: boolean
  stopError: TroupeError | undefined
  endedAs: ActorEnd['reason']
  /** Its last snapshot, where that is kept in memory. */
  snapshot: { readonly value: unknown } | undefined
  /** Hears the state that it was asked for; nothing where its lane is gone. */
  onSnapshot: ((message: ActorSnapshot | undefined) => void) | undefined
  /** Called when it next has nothing to do, or comes to have no instance. */
  readonly onFree: (() => void)[]
  readonly watchers: Set<(end: ActorEnd) => void>
  /** Called once it has ended. */
  readonly onStopped: (() => void)[]
  /** What it has asked of other actors and waits for. */
  readonly waitsFor: Map<number, { readonly to: ActorCell; readonly answer: (outcome: Outcome) => void }>
}

/** A message on its way to an actor and back. */
export interface Turn {
  readonly cell: ActorCell
  readonly execution: Execution
  readonly lane: ActorHome
  readonly slot: number
  readonly order: number
  /** What Comlink calls it. */
  id: string
  /** When it was first seen to have begun. */
  begunAt: number | undefined
  /** When its thread is killed, for a turn that has outlived its limit. */
  killAt: number
  warned: boolean
  /** Whether it handed buffers over: it cannot be sent again. */
  handsOver: boolean
  /** Whether its reply was heard. */
  hasReplied: boolean
}

/** The lane that an actor lives on, as those see it who have to do with the actor. */
export interface ActorHome {
  readonly seat: Seat
  /** By the number of their instance. */
  readonly cells: Map<number, ActorCell>
  /** Those whose next message waits for a turn to end, since as many are in flight as can be. */
  readonly crowded: Fifo<ActorCell>
  readonly hasRoom: boolean
  readonly marks: TurnMarks
  turnAt(slot: number): Turn | undefined
  /** Says something to the lane's actors; returns what structured clone threw, and then nothing was said. */
  tell(message: ToActors | TurnMessage, transfers?: readonly ArrayBuffer[]): { error: unknown } | undefined
  /** Keeps the process alive until `unhold`. */
  hold(): void
  unhold(): void
  send(cell: ActorCell, execution: Execution): Turn
  /** Lets go of a turn that is over; its call ends with `error`, if it has not ended. */
  release(turn: Turn, error?: TroupeError): void
}

/** One actor, by service and key: what the supervisor knows of it. There may be a hundred thousand. */
export class ActorCell {
  readonly service: Service
  readonly key: string
  state: ActorState = 'absent'
  /** The number of its instance, and its lane. */
  id = 0
  lane: ActorHome | undefined = undefined
  /** The message it handles. */
  turn: Turn | undefined = undefined
  /** The messages that wait; there is none while it has nothing to do. */
  mailbox: Mailbox<Execution> | undefined = undefined
  /** When it last had something to do. */
  usedAt = 0
  /** When it went over to a state that must not last. */
  since = 0
  /** Its place in the order of starts. */
  order = 0
  afterStop: AfterStop = 'absent'
  #company: ActorCompany | undefined = undefined

  constructor(service: Service, key: string) {
    this.service = service
    this.key = key
  }

  get name(): string {
    return `${this.service.plan.id}/${this.key}`
  }

  get plan(): ActorPlan {
    return this.service.plan.actor!
  }

  /** Made when it is first needed; `asks` looks without making it. */
  get company(): ActorCompany {
    this.#company ??= {
      history: [],
      restarts: 0,
      restartedFor: undefined,
      stopWanted: false,
      stopError: undefined,
      endedAs: 'stopped',
      snapshot: undefined,
      onSnapshot: undefined,
      onFree: [],
      watchers: new Set(),
      onStopped: [],
      waitsFor: new Map(),
    }
    return this.#company
  }

  get asks(): ActorCompany | undefined {
    return this.#company
  }

  /** Resolves when it next has nothing to do, or comes to have no instance. */
  becomesFree(): Promise<void> {
    const { onFree, onStopped } = this.company
    return new Promise((resolve) => {
      onFree.push(resolve)
      onStopped.push(resolve)
    })
  }

  /** Whether anything about it must be remembered while it has no instance. */
  get isRemembered(): boolean {
    const company = this.#company
    return (
      this.mailbox !== undefined ||
      (company !== undefined && (company.snapshot !== undefined || company.watchers.size > 0 || company.restarts > 0))
    )
  }

  /** Whether it has an instance, or will have one by itself. */
  get isLive(): boolean {
    return this.state !== 'absent' && this.state !== 'stopped'
  }

  /** The name of its group, with its key in place. */
  get group(): string | undefined {
    return this.plan.group?.replaceAll('{key}', () => this.key)
  }
}
