/** Entries that one sync brings to the disk: all of them are safe from then on, or none is known to be. */
export class SyncGroup {
  bytes = 0
  readonly safe: Promise<void>
  #resolve!: () => void
  #reject!: (failure: unknown) => void

  constructor() {
    this.safe = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Who appends need not hold on to every promise: the failure is told again.
    this.safe.catch(() => {})
  }

  settle(failure?: unknown): void {
    if (failure === undefined) this.#resolve()
    else this.#reject(failure)
  }
}
