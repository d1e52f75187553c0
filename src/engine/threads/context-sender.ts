import type { RoutedContext } from '../../contract/context.ts'
import type { ToLane } from '../../contract/messages.ts'
import { ASLEEP, type LaneMarks } from '../../kernel/lane-marks.ts'
import { contextTag } from '../../kernel/rows/context-tag.ts'
import { RowWriter } from '../../kernel/rows/row-writer.ts'
import { sharesObjects } from '../../kernel/shared-objects.ts'
import type { Lane, Sending } from '../engine.ts'
import { SentIds } from './sent-ids.ts'

/** Posts to a lane; comes back with what structured clone threw, and then nothing was posted. */
export type Post = (message: ToLane, transfers?: readonly ArrayBuffer[]) => { error: unknown } | undefined

/** Gets contexts to a lane: as rows of the memory that it shares with the supervisor, or by post. */
export class ContextSender implements Pick<Lane, 'send'> {
  readonly #marks: LaneMarks
  readonly #post: Post
  /** Of the contexts that went as rows and whose results may come as rows. */
  readonly ids = new SentIds()
  readonly #rows = new RowWriter()
  #shares = 0
  /** Whether the lane had to be woken for what was sent last. */
  wasAsleep = true

  constructor(marks: LaneMarks, post: Post) {
    this.#marks = marks
    this.#post = post
  }

  /** Where the rows lie. */
  get memory(): SharedArrayBuffer {
    return this.#rows.memory
  }

  send(
    service: number,
    first: number,
    contexts: readonly RoutedContext[],
    asRows: boolean,
    transfers?: readonly ArrayBuffer[],
  ): Sending {
    // A context must not overtake a value that was shared before it.
    const byPost = transfers !== undefined || this.#marks.sharesTaken() !== this.#shares
    const rows = byPost ? 0 : this.#leaveRows(service, first, contexts, asRows)
    this.wasAsleep = rows === 0 || this.#marks.rouse() === ASLEEP
    if (rows > 0 && this.wasAsleep) this.#post({ type: 'wake' })
    if (rows === contexts.length) return { sent: rows }
    for (let index = rows; index < contexts.length; index++) this.#rows.pass((first + index) | 0)
    const { sent, error } = this.#sendMessages(service, (first + rows) | 0, contexts.slice(rows), asRows, transfers)
    return error === undefined ? { sent: rows + sent } : { sent: rows + sent, error }
  }

  /** Lets contexts that are sent from now on read a value. */
  share(name: string, value: unknown): void {
    this.#shares++
    this.#post({ type: 'share', name, value })
  }

  /** Leaves the contexts in shared memory, up to the first that fits no row; returns how many. */
  #leaveRows(service: number, first: number, contexts: readonly RoutedContext[], asRows: boolean): number {
    const last = contexts.length - 1
    let left = 0
    while (left <= last) {
      const sequence = (first + left) | 0
      if (!this.#rows.write(service, sequence, contextTag(service, asRows, left === last), contexts[left])) break
      if (asRows) this.ids.put(sequence, this.#rows.requestId)
      left++
    }
    this.#rows.publish()
    return left
  }

  #sendMessages(
    service: number,
    first: number,
    contexts: readonly RoutedContext[],
    asRows: boolean,
    transfers?: readonly ArrayBuffer[],
  ): Sending {
    // Structured clone keeps identity inside one message: contexts that share an object must cross apart.
    if (contexts.length > 1 && sharesObjects(contexts)) return this.#sendApart(service, first, contexts, asRows)
    const sending = this.#post({ type: 'chunk', service, first, contexts, asRows }, transfers)
    return sending ? { sent: 0, error: sending.error } : { sent: contexts.length }
  }

  #sendApart(service: number, first: number, contexts: readonly RoutedContext[], asRows: boolean): Sending {
    for (const [index, context] of contexts.entries()) {
      const sending = this.#post({ type: 'chunk', service, first: (first + index) | 0, contexts: [context], asRows })
      if (sending) return { sent: index, error: sending.error }
    }
    return { sent: contexts.length }
  }
}
