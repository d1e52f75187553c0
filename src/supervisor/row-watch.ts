const INTERVAL_MS = 2

/**
 * Looks for results that lanes have left as rows, every 2 ms while contexts are in flight: a context that takes its time
 * late in a chunk must not hold back what the quick ones before it came to.
 */
export class RowWatch {
  readonly #look: () => boolean
  #timer: NodeJS.Timeout | undefined

  /** @param look Looks once; returns whether there is anything to look for again. */
  constructor(look: () => boolean) {
    this.#look = look
  }

  start(): void {
    if (this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#look()) this.start()
    }, INTERVAL_MS)
    this.#timer.unref()
  }
}
