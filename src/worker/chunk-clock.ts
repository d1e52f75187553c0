import { isAsRow, isLastOfChunk, serviceOfTag } from '../kernel/rows/context-tag.ts'
import type { OutcomeSender } from './outcome-sender.ts'

const CONTEXTS_A_CLOCK = 16
// Where so many take longer than this, the clock is read behind each.
const QUICK_MS = 0.5

/** Times the contexts that run, one by one or by the chunk in which they left, and says at its end how long that took. */
export class ChunkClock {
  readonly #sender: OutcomeSender
  /** When the context that runs began, to the precision with which the clock is read. */
  began = 0
  /** How many contexts of which results are rows may run between two readings. */
  interval = 1
  /** How many of those that left together have begun. */
  ran = 0
  /** When the first of them did. */
  #chunkBegan = 0

  constructor(sender: OutcomeSender) {
    this.#sender = sender
  }

  /** Contexts run from now on; those of a chunk that had begun before go on. */
  start(now: number): void {
    if (this.ran === 0) this.#chunkBegan = now
    this.began = now
  }

  /** Reads the clock behind a context; says what those took that left together, once the last of them has run. */
  read(tag: number): number {
    const now = performance.now()
    this.interval = now - this.began < QUICK_MS ? CONTEXTS_A_CLOCK : 1
    this.began = now
    if (!isLastOfChunk(tag)) return now
    if (isAsRow(tag)) this.#sender.announce(serviceOfTag(tag), this.ran, now - this.#chunkBegan)
    this.ran = 0
    this.#chunkBegan = now
    return now
  }
}
