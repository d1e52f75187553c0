import { compileSource } from './compile-source.ts'
import type { KeyList } from './key-lists.ts'

/** Makes an object with the keys of a list, whose values `next` gives in their order. */
type Builder = (next: () => unknown) => object

const BUILT_AFTER = 32
const MAX_SOURCE = 4096

/**
 * Makes objects with lists of keys that are read again and again by code made for each: an object that is written as a
 * whole takes half the time and room of one that grows key by key.
 */
export class ObjectBuilders {
  /** By the number of the list: how often it was read, and then its builder, where it is to have one. */
  readonly #builders: (number | Builder | undefined)[] = []

  /** The builder of a list that has been read so often that it pays. */
  of(list: KeyList): Builder | undefined {
    const known = this.#builders[list.number]
    if (typeof known === 'function') return known
    if (known === BUILT_AFTER) return undefined
    const reads = (known ?? 0) + 1
    this.#builders[list.number] = reads < BUILT_AFTER ? reads : (compile(list.keys) ?? BUILT_AFTER)
    return undefined
  }
}

/** No key is `__proto__`, which would be the prototype here: such objects are never written. */
function compile(keys: readonly string[]): Builder | undefined {
  const source = `return (next) => ({${keys.map((key) => `${JSON.stringify(key)}:next()`).join()}})`
  return source.length > MAX_SOURCE ? undefined : compileSource<Builder>(source)
}
