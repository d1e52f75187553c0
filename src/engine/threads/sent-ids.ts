import { MAX_IN_FLIGHT } from '../../kernel/lane-marks.ts'

const MASK = MAX_IN_FLIGHT - 1

/**
 * The request ids of the contexts in flight on one lane, as they were written to their rows: most results repeat theirs,
 * which then need not cross. The contexts themselves may be their caller's own, who may have changed them since.
 */
export class SentIds {
  readonly #ids: (string | undefined)[] = []

  constructor() {
    while (this.#ids.length < MAX_IN_FLIGHT) this.#ids.push(undefined)
  }

  put(sequence: number, id: string | undefined): void {
    this.#ids[sequence & MASK] = id
  }

  /** Takes out the id of a context that has ended, so that it is not kept alive. */
  take(sequence: number): string | undefined {
    const id = this.#ids[sequence & MASK]
    this.#ids[sequence & MASK] = undefined
    return id
  }
}
