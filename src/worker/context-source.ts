import type { RoutedContext } from '../contract/context.ts'
import type { ChunkMessage } from '../contract/messages.ts'
import { Fifo } from '../kernel/fifo.ts'
import { contextTag } from '../kernel/rows/context-tag.ts'
import type { RowReader } from '../kernel/rows/row-reader.ts'

/** Where a lane takes its contexts from, in the order of their sequences: shared memory, and chunks that were posted. */
export class ContextSource {
  readonly #rows: RowReader | undefined
  readonly #onGap: () => void
  readonly #chunks = new Fifo<ChunkMessage>()
  #next = 1
  /** Of the context that was taken last: its sequence, and what is to be known of it (see `rows/context-tag.ts`). */
  sequence = 0
  tag = 0
  /** Whether it lay in shared memory. */
  isRow = false

  /** @param onGap Called when chunks came of which one before is missing. */
  constructor(rows: RowReader | undefined, onGap: () => void) {
    this.#rows = rows
    this.#onGap = onGap
  }

  /** Takes in a chunk that was posted. */
  put(chunk: ChunkMessage): void {
    this.#chunks.push(chunk)
  }

  /** Whether the next context lies in shared memory. */
  get hasRow(): boolean {
    return this.#rows !== undefined && this.#rows.has(this.#next)
  }

  /** The next context, where it is there. */
  take(): RoutedContext | undefined {
    const sequence = this.#next
    if (this.#rows !== undefined && this.#rows.has(sequence)) {
      this.tag = this.#rows.tag(sequence)
      this.sequence = sequence
      this.#next = (sequence + 1) | 0
      this.isRow = true
      return this.#rows.take(sequence) as RoutedContext
    }
    // Contexts may be posted because of the room that rows would take.
    this.#rows?.release()
    const chunk = this.#chunks.at(0)
    if (chunk === undefined) return undefined
    const { first, contexts, service, asRows } = chunk
    const offset = (sequence - first) | 0
    // A component can read the lane's port. To run what came behind what it took would make that look as if it had run.
    if (offset < 0) {
      this.#onGap()
      return undefined
    }
    const isLast = offset === contexts.length - 1
    if (isLast) this.#chunks.shift()
    this.tag = contextTag(service, asRows, isLast)
    this.sequence = sequence
    this.#next = (sequence + 1) | 0
    this.isRow = false
    return contexts[offset]
  }
}
