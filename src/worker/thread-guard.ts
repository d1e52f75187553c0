import type { FromLane } from '../contract/messages.ts'
import { changedBuiltIn } from './built-ins.ts'

/** The exit code of a thread that ends since a component changed a built-in. */
const TAMPERED = 71

/**
 * Ends its thread once a component has changed a built-in that every lane relies on: contexts that have not started run
 * elsewhere, and no other component meets what that one left behind.
 */
export class ThreadGuard {
  readonly #post: (message: FromLane) => void
  readonly #flush: () => void
  // The original, which runs no listener of a component's.
  readonly #exit = (process as unknown as { reallyExit(code: number): never }).reallyExit.bind(process)
  #service: number | undefined

  constructor(post: (message: FromLane) => void, flush: () => void) {
    this.#post = post
    this.#flush = flush
  }

  /** Looks after contexts of a service; `thorough` before a component of another may run. */
  look(service = this.#service, thorough = false): void {
    this.#service = service
    const builtIn = changedBuiltIn(thorough)
    if (builtIn !== undefined) this.end(`${builtIn} was changed`)
  }

  /** Ends the thread, which is not to be trusted any more. */
  end(why: string): void {
    this.#post({ type: 'tampered', why, service: this.#service })
    try {
      this.#flush()
    } finally {
      this.#exit(TAMPERED)
    }
  }
}
