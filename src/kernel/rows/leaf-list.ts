import { types } from 'node:util'
import { compact } from './compact.ts'
import { FALSE, MAX_ITEMS, NULL, NUMBER, TEXT, TRUE, UNDEFINED, codeOf } from './tree-codes.ts'
import type { TextSink, TextSource } from './texts.ts'

// A list of leaves among the numbers of a row. Of numbers alone: the complement of its length, and its items. Of anything:
// its length, and for each item a code and a number, which is that of a number and nothing else.

// The originals: a component may replace them in its thread.
const { isArray, prototype: plainList } = Array
const { isInteger } = Number
const { isProxy } = types
const { getPrototypeOf, keys: keysOf } = Object

/**
 * Writes a list at `at`, where it may take the numbers up to `end`; returns the place behind it, or -1 where it is no
 * plain list of leaves, or finds no room. Items are read once and in order, as structured clone does.
 */
export function writeLeafList(
  value: unknown,
  numbers: Float64Array,
  at: number,
  end: number,
  texts: TextSink,
  column: number,
  known?: string,
): number {
  if (!isArray(value) || isProxy(value) || getPrototypeOf(value) !== plainList) return -1
  const { length } = value as readonly unknown[]
  if (length > MAX_ITEMS || at + 1 + length > end || !isDense(value)) return -1
  numbers[at] = ~length
  for (let index = 0; index < length; index++) {
    const item: unknown = value[index]
    if (typeof item !== 'number') return writeMixed(value, index, item, numbers, at, end, texts, column, known)
    numbers[at + 1 + index] = item
  }
  return at + 1 + length
}

/** Goes on from the first item that is no number. Its parameters are many for there to be no object that holds them. */
function writeMixed(
  value: readonly unknown[],
  first: number,
  firstItem: unknown,
  numbers: Float64Array,
  at: number,
  end: number,
  texts: TextSink,
  column: number,
  known?: string,
): number {
  const { length } = value
  if (at + 1 + 2 * length > end) return -1
  numbers[at] = length
  for (let index = first - 1; index >= 0; index--) {
    numbers[at + 2 + 2 * index] = numbers[at + 1 + index]!
    numbers[at + 1 + 2 * index] = NUMBER
  }
  let item = firstItem
  for (let index = first; index < length; index++) {
    const place = at + 1 + 2 * index
    if (index > first) item = value[index]
    if (item === undefined && !(index in value)) return -1
    if (typeof item === 'number') {
      numbers[place] = NUMBER
      numbers[place + 1] = item
    } else if (typeof item === 'string') {
      numbers[place] = TEXT
      if (!texts.put(column, item, known)) return -1
    } else {
      const code = codeOf(item)
      if (code === undefined) return -1
      numbers[place] = code
    }
  }
  return at + 1 + 2 * length
}

/** How many numbers the list at `at` takes. */
export function leafListNumbers(numbers: Float64Array, at: number): number {
  const length = numbers[at]!
  return length < 0 ? -length : 1 + 2 * length
}

/** Reads the list at `at`. It throws where none that could have been written is there. */
export function readLeafList(
  numbers: Float64Array,
  at: number,
  texts: TextSource,
  column: number,
  known?: string,
): unknown[] {
  const header = numbers[at]!
  const length = header < 0 ? -1 - header : header
  if (!isInteger(length) || length > MAX_ITEMS) throw new RangeError('A list in a row is longer than any is')
  if (length === 0) return []
  // Made as `TreeReader` makes its lists.
  const read: unknown[] = [undefined]
  for (let index = 0; index < length; index++)
    read[index] =
      header < 0 ? compact(numbers[at + 1 + index]!) : readItem(numbers, at + 1 + 2 * index, texts, column, known)
  return read
}

function readItem(numbers: Float64Array, at: number, texts: TextSource, column: number, known?: string): unknown {
  switch (numbers[at]) {
    case NUMBER:
      return compact(numbers[at + 1]!)
    case TEXT:
      return texts.take(column, known)
    case TRUE:
      return true
    case FALSE:
      return false
    case NULL:
      return null
    case UNDEFINED:
      return undefined
    default:
      throw new RangeError('An item of a list in a row is of no kind')
  }
}

/** Whether an array has neither holes, nor items that are hidden, nor fields of its own: indices come first of all keys. */
export function isDense(value: readonly unknown[]): boolean {
  const { length } = value
  const keys = keysOf(value)
  return keys.length === length && (length === 0 || keys[length - 1] === String(length - 1))
}
