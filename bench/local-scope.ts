import type { Scope } from '../src/component.ts'
import { streamOfSeed } from '../src/numerics/random-stream.ts'

/** The scope of a component that runs without a runtime: random numbers as in a worker, and nothing else. */
export function createLocalScope(seed: number): Scope {
  const stream = streamOfSeed(seed)
  const nothing = () => undefined
  return {
    side: 'worker',
    worker: 0,
    serviceId: 'local',
    requestId: 'local',
    attempt: 1,
    log: {
      trace: nothing,
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: nothing,
      fatal: nothing,
      isLevelEnabled: () => false,
    },
    signal: new AbortController().signal,
    throwIfCancelled: nothing,
    random: () => stream.random(),
    normals: (target) => stream.normals(target),
    shared: (name) => {
      throw new RangeError(`Nothing is shared as ${name} without a runtime`)
    },
    progress: nothing,
  }
}
