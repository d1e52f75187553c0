/** Tells those who wait for a state that something has changed, so that they look again. */
export class Changes {
  #listeners: (() => void)[] = []

  /** Resolves with the next change. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#listeners.push(resolve))
  }

  tell(): void {
    for (const listener of this.#listeners.splice(0)) listener()
  }
}
