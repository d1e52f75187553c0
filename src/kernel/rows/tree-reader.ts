import { type KeyList, KeyLists } from './key-lists.ts'
import { ROW_NUMBERS } from './row-area.ts'
import { ObjectBuilders } from './object-builders.ts'
import type { TextSource } from './texts.ts'
import { ARRAY, FALSE, MAX_ITEMS, NULL, NUMBER, OBJECT, TEXT, TRUE } from './tree-codes.ts'

// The original: see `kernel/lane-marks.ts`.
const { defineProperty: define } = Object

/** Reads what a `TreeWriter` wrote, in the same order. It throws where nothing that could have been written is there. */
export class TreeReader {
  readonly #numbers: Float64Array
  readonly #texts: TextSource
  readonly #lists = new KeyLists()
  readonly #builders = new ObjectBuilders()
  readonly #next = (): unknown => this.#value()
  #start = 0
  #at = 0
  #end = 0
  #column = 0
  #known: string | undefined

  constructor(numbers: Float64Array, texts: TextSource) {
    this.#numbers = numbers
    this.#texts = texts
  }

  /** How many numbers the value took that was read last. */
  get numbers(): number {
    return this.#at - this.#start
  }

  /** @param known The text that was known as it was written. */
  read(at: number, known?: string): object {
    this.#known = known
    this.#start = at
    this.#at = at
    this.#end = at + ROW_NUMBERS
    this.#column = 0
    const defined = this.#numbers[this.#at++]!
    for (let count = 0; count < defined; count++) {
      const parent = this.#lists.at(this.#numbers[this.#at++]!)
      this.#lists.after(parent, this.#texts.take(this.#column++))
    }
    return this.#value() as object
  }

  #value(): unknown {
    if (this.#at >= this.#end) throw new RangeError('A row is longer than any is')
    switch (this.#numbers[this.#at++]) {
      case NUMBER:
        return this.#numbers[this.#at++]
      case TEXT:
        return this.#texts.take(this.#column++, this.#known)
      case TRUE:
        return true
      case FALSE:
        return false
      case NULL:
        return null
      case ARRAY:
        return this.#array(this.#numbers[this.#at++]!)
      case OBJECT:
        return this.#object(this.#lists.at(this.#numbers[this.#at++]!))
      default:
        return undefined
    }
  }

  #array(length: number): unknown[] {
    if (!(length <= MAX_ITEMS)) throw new RangeError('A list in a row is longer than any is')
    if (!(length > 0)) return []
    // Of the kind that structured clone makes, whatever it holds: V8 makes lists of numbers another kind, and who reads both
    // has each of one kind made anew.
    const array: unknown[] = [undefined]
    // Not by `push`, which a component may have replaced in its thread.
    for (let index = 0; index < length; index++) array[index] = this.#value()
    return array
  }

  #object(list: KeyList): object {
    const { keys, inherits } = list
    const build = inherits ? undefined : this.#builders.of(list)
    if (build) return build(this.#next)
    const object: Record<string, unknown> = {}
    for (let index = 0; index < keys.length; index++) {
      const value = this.#value()
      if (inherits) define(object, keys[index]!, { value, enumerable: true, writable: true, configurable: true })
      else object[keys[index]!] = value
    }
    return object
  }
}
