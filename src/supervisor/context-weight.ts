import type { Context } from '../contract/context.ts'
import { bufferBytes } from '../kernel/buffer-bytes.ts'
import type { Mailbox } from '../kernel/mailbox.ts'
import { payloadSize } from '../kernel/payload-size.ts'

const EVERY = 64
const NEWEST_WEIGHS = 0.25

/**
 * What contexts of one service weigh in its mailbox. Buffers at the top level and in `data` are counted exactly, for
 * each context; all else by a moving average over one context in 64.
 */
export class ContextWeight {
  #seen = 0
  #measured = false

  /** Takes a place for a context; returns the bytes of its buffers, or `undefined` where there is no room for it. */
  reserve(mailbox: Mailbox<unknown>, context: Context): number | undefined {
    const buffers = bufferBytes(context)
    if (this.#seen++ % EVERY === 0) this.#measure(mailbox, context, buffers)
    if (mailbox.reserve(buffers)) return buffers
    if (mailbox.taken >= mailbox.capacity) return undefined
    // The average may come from contexts of another kind: none is refused for its bytes before it has been measured.
    this.#measure(mailbox, context, buffers)
    return mailbox.reserve(buffers) ? buffers : undefined
  }

  #measure(mailbox: Mailbox<unknown>, context: Context, buffers: number): void {
    const limit = Math.max(mailbox.capacityBytes, buffers)
    const bytes = Math.max(payloadSize(context, limit) - buffers, 0)
    const { averageBytes } = mailbox
    mailbox.averageBytes = this.#measured ? averageBytes + NEWEST_WEIGHS * (bytes - averageBytes) : bytes
    this.#measured = true
  }
}
