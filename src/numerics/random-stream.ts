import type { RoutedContext } from '../contract/context.ts'
import type { Words } from './murmur-hash3.ts'
import { stateOfRequest, stateOfRun } from './stream-seed.ts'
import { Xoshiro128 } from './xoshiro128.ts'
import { fillNormals } from './ziggurat.ts'

/** One sequence of random numbers; `random` and `normals` take from it in turn. */
export interface RandomStream {
  /** A uniform number in [0, 1) with 53 bits. */
  random(): number
  /** Fills `target` with standard normal numbers and returns it. */
  normals(target: Float64Array): Float64Array
}

/** The stream of a seed, an integer; it depends on nothing else. `run` tells streams of one seed apart. */
export function streamOfSeed(seed: number, run = 0): RandomStream {
  return new GeneratedStream(stateOfRun(seed, run))
}

/** The stream of a context: that of its seed where it has one, and otherwise of its service and its request. */
export function streamOfContext(context: RoutedContext): RandomStream {
  const { seed, service_id: serviceId, request_id: requestId } = context
  return Number.isSafeInteger(seed) ? streamOfSeed(seed as number) : streamOfRequest(serviceId, requestId)
}

/** The stream of a request that has no seed. */
export function streamOfRequest(serviceId: string, requestId: string): RandomStream {
  return new GeneratedStream(stateOfRequest(serviceId, requestId))
}

/** The greatest number that `random` can give. */
const greatest = 1 - 1.1102230246251565e-16

/**
 * The antithetic twin of a stream: the same draws, mirrored, so that each uniform number and its twin's add up to
 * 1 - 2^-53, and each normal one has the other sign. Hammersley and Morton, "A New Monte Carlo Technique: Antithetic
 * Variates", Math. Proc. Cambridge Phil. Soc. 52 (1956).
 */
export function mirrored(stream: RandomStream): RandomStream {
  return {
    random: () => greatest - stream.random(),
    normals: (target) => {
      stream.normals(target)
      for (let at = 0; at < target.length; at++) target[at] = -target[at]!
      return target
    },
  }
}

class GeneratedStream implements RandomStream {
  readonly #generator: Xoshiro128

  constructor(state: Words) {
    this.#generator = new Xoshiro128(state)
  }

  random(): number {
    return this.#generator.uniform()
  }

  normals(target: Float64Array): Float64Array {
    return fillNormals(this.#generator, target)
  }
}
