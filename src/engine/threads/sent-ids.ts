import type { RoutedContext } from '../../contract/context.ts'
import { MAX_IN_FLIGHT } from '../../kernel/lane-marks.ts'

const MASK = MAX_IN_FLIGHT - 1

/**
 * The request ids of the contexts in flight on one lane, as they were sent: most results repeat theirs, which then need
 * not cross. The contexts themselves may be their caller's own, who may have changed them since.
 */
export class SentIds {
  readonly #ids: string[] = Array.from({ length: MAX_IN_FLIGHT }, () => '')

  put(sequence: number, context: RoutedContext): void {
    try {
      this.#ids[sequence & MASK] = context.request_id
    } catch {
      // A getter threw; the context will not be sent.
      this.#ids[sequence & MASK] = ''
    }
  }

  /** Takes out the id of a context that has ended, so that it is not kept alive. */
  take(sequence: number): string {
    const id = this.#ids[sequence & MASK]!
    this.#ids[sequence & MASK] = ''
    return id
  }
}
