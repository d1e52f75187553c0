import { types } from 'node:util'
import { TroupeError } from '../contract/errors.ts'
import { SharedValues } from '../kernel/shared-values.ts'
import { toSharedMemory } from '../kernel/to-shared-memory.ts'
import { isDetached } from '../kernel/transfer-problem.ts'
import { findUnclonable } from '../kernel/unclonable.ts'

/** One value that every lane is to have, as it was when it was shared. */
export interface Share {
  readonly name: string
  readonly value: unknown
}

const reserved = new Set(['__proto__', 'constructor', 'prototype'])

/** What the program has shared: kept for lanes that are opened later, and for the middleware of this side. */
export class Shares {
  readonly #all = new Map<string, Share>()
  #own: SharedValues | undefined

  /** All that is shared now. */
  get all(): Iterable<Share> {
    return this.#all.values()
  }

  /** What this side's middleware sees: copies of its own, made when it first asks. */
  get own(): SharedValues {
    this.#own ??= new SharedValues(new Map([...this.all].map(({ name, value }) => [name, structuredClone(value)])))
    return this.#own
  }

  /** Lets go of a value; `false` where there was none. Lanes that have it are to be told. */
  drop(name: string): boolean {
    return this.#all.delete(name)
  }

  /**
   * Takes a value in: numbers into shared memory, anything else as a copy.
   *
   * @throws {TypeError} `name` is no name.
   * @throws {TroupeError} `INPUT_NOT_SERIALIZABLE`
   */
  put(name: string, value: unknown): Share {
    checkName(name)
    const share = { name, value: snapshot(name, value) }
    this.#own = this.#own?.with(name, structuredClone(share.value))
    this.#all.set(name, share)
    return share
  }
}

/** What is shared in several places, as it is whenever it is asked for. */
export function sharedIn(...places: readonly Shares[]): { readonly all: Iterable<Share> } {
  return {
    get all() {
      return places.flatMap(({ all }) => [...all])
    },
  }
}

function checkName(name: unknown): void {
  if (typeof name !== 'string' || name === '') throw new TypeError('share needs a name: a string that is not empty')
  // They would be harmless here, but not where a configuration or a program puts names into objects.
  if (reserved.has(name)) throw new TypeError(`share cannot use the name ${name}`)
}

function snapshot(name: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(types.isArrayBuffer(value.buffer) && isDetached(value.buffer))) {
    return toSharedMemory(value as NodeJS.TypedArray | DataView)
  }
  try {
    return structuredClone(value)
  } catch (cause) {
    const { path, what } = findUnclonable(value, 'value')
    const message = `What was to be shared as ${JSON.stringify(name)} cannot cross a thread: ${path} is ${what}; pass plain values`
    throw new TroupeError('INPUT_NOT_SERIALIZABLE', message, { cause, details: { path, what } })
  }
}
