/** The states something with a beginning and an end goes through, in this order. */
export type LifecycleState = 'idle' | 'starting' | 'running' | 'draining' | 'closed'

const following: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  idle: ['starting', 'closed'],
  starting: ['running', 'draining', 'closed'],
  running: ['draining'],
  draining: ['closed'],
  closed: [],
}

/** Keeps a lifecycle's state and refuses a step that does not follow. */
export class Lifecycle {
  #state: LifecycleState = 'idle'

  get state(): LifecycleState {
    return this.#state
  }

  move(to: LifecycleState): void {
    if (!following[this.#state].includes(to)) throw new Error(`Cannot go from ${this.#state} to ${to}`)
    this.#state = to
  }
}
