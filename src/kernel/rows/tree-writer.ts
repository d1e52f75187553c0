import { types } from 'node:util'
import { KeyLists, type KeyList } from './key-lists.ts'
import { isDense } from './leaf-list.ts'
import { ROW_NUMBERS } from './row-area.ts'
import type { TextRing } from './text-ring.ts'
import { ARRAY, MAX_ITEMS, MAX_OBJECTS, NUMBER, OBJECT, TEXT, codeOf } from './tree-codes.ts'

const MAX_DEPTH = 16
const { getPrototypeOf, prototype: plain } = Object
// oxlint-disable-next-line typescript/unbound-method
const tagOf = plain.toString
const empty = {}

/**
 * Writes plain values of any form, such as structured clone would bring them: objects and arrays of numbers, texts,
 * booleans, null and undefined. Lists of keys are numbered when they first occur. The twin is `tree-reader.ts`.
 */
export class TreeWriter {
  readonly #numbers: Float64Array
  readonly #texts: TextRing
  readonly #lists = new KeyLists()
  /** Those that were met so far, and how many. Its length stays: to set that takes a call out of compiled code. */
  readonly #objects: (object | undefined)[] = []
  #met = 0
  #start = 0
  #at = 0
  #end = 0
  #column = 0
  #known: string | undefined
  /** The request id of the value that was written last, where it is a context. */
  requestId: string | undefined

  constructor(numbers: Float64Array, texts: TextRing) {
    this.#numbers = numbers
    this.#texts = texts
  }

  /**
   * Writes `value` at `at`; returns how many numbers it took, or `undefined` where it was refused and nothing is kept.
   *
   * @param known A text that the reader knows.
   */
  write(value: object, at: number, known?: string): number | undefined {
    // An enumerable member of Object.prototype would look like a key of each value.
    for (const _ in empty) return undefined
    const mark = this.#texts.mark()
    const defined = this.#lists.size
    this.#known = known
    try {
      if (this.#attempt(value, at, defined)) {
        const { size } = this.#lists
        if (size === defined) return this.#at - this.#start
        // Lists of keys that are new go in front, so that whoever reads the value knows them. A getter may have brought
        // one this time that has not gone in front.
        this.#texts.reset(mark)
        this.#letGo()
        if (this.#attempt(value, at, defined) && this.#lists.size === size) return this.#at - this.#start
      }
    } catch {
      // A getter threw: structured clone will say so in its own words.
    } finally {
      this.#letGo()
    }
    this.#lists.forget(defined)
    this.#texts.reset(mark)
    return undefined
  }

  /** Forgets the objects that were met: what they hold may be large, and it may be long until the next value. */
  #letGo(): void {
    for (let index = 0; index < this.#met; index++) this.#objects[index] = undefined
    this.#met = 0
  }

  #attempt(value: object, at: number, defined: number): boolean {
    this.#start = at
    this.#at = at + 1
    this.#end = at + ROW_NUMBERS
    this.#column = 0
    this.requestId = undefined
    return this.#define(defined) && this.#value(value, 0)
  }

  /** Writes the lists from number `from` on: each is one that came before it, and a key more. */
  #define(from: number): boolean {
    const lists = this.#lists
    this.#numbers[this.#start] = lists.size - from
    if (lists.size - from > ROW_NUMBERS / 4) return false
    for (let index = from; index < lists.size; index++) {
      const { parent, key } = lists.at(index)
      this.#numbers[this.#at++] = parent!.number
      if (!this.#texts.put(this.#column++, key)) return false
    }
    return true
  }

  #value(value: unknown, depth: number): boolean {
    // A number takes two, and an object or array as many before what it holds.
    if (this.#at + 2 > this.#end) return false
    // Each question by itself is one instruction; a `switch` makes the name of the type first, and compares that.
    if (typeof value === 'number') {
      this.#numbers[this.#at++] = NUMBER
      this.#numbers[this.#at++] = value
      return true
    }
    if (typeof value === 'string') {
      this.#numbers[this.#at++] = TEXT
      return this.#texts.put(this.#column++, value, this.#known)
    }
    if (typeof value === 'object' && value !== null)
      return Array.isArray(value) ? this.#array(value, depth) : this.#object(value, depth)
    const code = codeOf(value)
    if (code === undefined) return false
    this.#numbers[this.#at++] = code
    return true
  }

  #object(value: object, depth: number): boolean {
    if (types.isProxy(value) || getPrototypeOf(value) !== plain) return false
    // The tag betrays a Date or an Error that was given the prototype of a plain object; see `shape-source.ts`.
    if (tagOf.call(value) !== '[object Object]' || ArrayBuffer.isView(value) || !this.#isNew(value, depth)) return false
    this.#numbers[this.#at++] = OBJECT
    const place = this.#at++
    let list: KeyList = this.#lists.root
    for (const key in value) {
      const next = this.#lists.after(list, key)
      const item = (value as Record<string, unknown>)[key]
      if (next === undefined || !this.#value(item, depth + 1)) return false
      if (depth === 0 && key === 'request_id' && typeof item === 'string') this.requestId = item
      list = next
    }
    this.#numbers[place] = list.number
    // Without keys, an exotic object would pass for a plain one.
    return list !== this.#lists.root
  }

  #array(value: readonly unknown[], depth: number): boolean {
    const { length } = value
    if (types.isProxy(value) || getPrototypeOf(value) !== Array.prototype) return false
    if (length > MAX_ITEMS || !isDense(value) || !this.#isNew(value, depth)) return false
    this.#numbers[this.#at++] = ARRAY
    this.#numbers[this.#at++] = length
    for (let index = 0; index < length; index++) {
      const item = value[index]
      if (item === undefined && !(index in value)) return false
      if (!this.#value(item, depth + 1)) return false
    }
    return true
  }

  /** One object in two places would become two. */
  #isNew(value: object, depth: number): boolean {
    if (depth > MAX_DEPTH || this.#met === MAX_OBJECTS) return false
    for (let index = 0; index < this.#met; index++) if (this.#objects[index] === value) return false
    this.#objects[this.#met++] = value
    return true
  }
}
