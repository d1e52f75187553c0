import { Mailbox } from '../../kernel/mailbox.ts'
import type { Execution } from '../execution.ts'
import type { ActorCell } from './actor-cell.ts'

const MOST_SPARE = 64
const LEFT_BEHIND = 32

/** The mailboxes of actors: each has one only while something waits for it, or it handles something. */
export class ActorMailboxes {
  /** By capacity in messages: services may differ. */
  readonly #spare = new Map<number, Mailbox<Execution>[]>()
  readonly #waiting = new Map<string, number>()

  of(cell: ActorCell): Mailbox<Execution> {
    cell.mailbox ??= this.#spare.get(cell.service.plan.mailbox)?.pop() ?? this.#make(cell)
    return cell.mailbox
  }

  #make({ service }: ActorCell): Mailbox<Execution> {
    return new Mailbox(service.plan.mailbox, service.plan.mailboxBytes)
  }

  /** How many messages wait for the actors of a service. */
  waiting(serviceId: string): number {
    return this.#waiting.get(serviceId) ?? 0
  }

  #count(cell: ActorCell, change: number): void {
    const { id } = cell.service.plan
    this.#waiting.set(id, this.waiting(id) + change)
  }

  /** Puts a message in line whose place is reserved. */
  put(cell: ActorCell, execution: Execution): void {
    execution.phase = 'waiting'
    execution.holdsPlace = false
    execution.holder = cell
    this.of(cell).put(execution)
    this.#count(cell, 1)
  }

  /** Puts a message that never began in front of all others. */
  putBack(cell: ActorCell, execution: Execution): void {
    execution.phase = 'waiting'
    execution.holder = cell
    this.of(cell).putBack([execution], execution.bufferBytes)
    this.#count(cell, 1)
  }

  /** Takes the next message that is still wanted. */
  take(cell: ActorCell): Execution | undefined {
    const { mailbox } = cell
    for (let next = mailbox?.take(); next !== undefined; next = mailbox!.take()) {
      if (next.phase !== 'waiting') continue
      this.#count(cell, -1)
      mailbox!.release(next.bufferBytes)
      return next
    }
    return undefined
  }

  /** Takes everything that waits. */
  takeAll(cell: ActorCell): Execution[] {
    const taken: Execution[] = []
    for (let next = this.take(cell); next !== undefined; next = this.take(cell)) taken.push(next)
    return taken
  }

  /** Lets go of a message that waits; its item is passed over, or swept out once there are many such. */
  withdraw(cell: ActorCell, execution: Execution): void {
    const mailbox = this.of(cell)
    execution.phase = 'middleware'
    this.#count(cell, -1)
    mailbox.release(execution.bufferBytes)
    if (mailbox.length > LEFT_BEHIND + 2 * mailbox.taken) mailbox.retain(({ phase }) => phase === 'waiting')
  }

  /** Takes the mailbox of an actor that has nothing to do. */
  rest(cell: ActorCell): void {
    const { mailbox } = cell
    if (!mailbox || mailbox.taken > 0 || mailbox.length > 0) return
    cell.mailbox = undefined
    const spare = this.#spare.get(mailbox.capacity)
    if (!spare) this.#spare.set(mailbox.capacity, [mailbox])
    else if (spare.length < MOST_SPARE) spare.push(mailbox)
  }
}
