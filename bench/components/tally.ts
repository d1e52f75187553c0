import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** An actor with next to no state, that can tell what its thread's heap holds. */
export class Tally {
  #count = 0

  increment(by = 1): number {
    return (this.#count += by)
  }

  /** Bytes in use in this thread, with what can be collected gone. */
  heapUsed(): number {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    // The second collects what the first one's finalizers let go.
    collect()
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
}
