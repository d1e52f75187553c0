// The memory in which one side of a lane leaves values for the other: a ring of rows, wider than the contexts that can
// be in flight on one lane, so that a row is read before its place is used again, and rings of numbers and of text that
// are filled and read in the order of the rows.

/** Rows in the ring; a power of two. */
export const ROWS = 8192
/** Numbers in theirs; a power of two. */
export const NUMBERS = 1 << 16
/** The most numbers that one row holds. They lie side by side: near the end of the ring a row begins it anew. */
export const ROW_NUMBERS = 256
const TEXT_UNITS = 1 << 18
// Those of the two sides lie apart, so that neither takes the other's line of the cache away.
const POSITIONS = 48

/** Words of a row's head, as a power of two. */
export const HEAD_SHIFT = 2
const HEAD_BYTES = (ROWS << HEAD_SHIFT) * 4
const NUMBER_BYTES = NUMBERS * 8
const TEXT_BYTES = TEXT_UNITS * 2

/** Places in `RowArea.positions`. */
export const TEXT_READ = 0
export const NUMBERS_READ = 1
export const ROWS_WRITTEN = 32

/** Words of a row's head: the first names the context, see `RowArea.heads`. */
export const FORM = 1
export const TEXT_END = 2

// What the form is made of: how the value was written, and what the writer says of it.
/** The number of its shape; 0 for a tree. */
export const SHAPE_MASK = 0xff
/** Set where the key of its shape comes before it. */
export const IS_NEW_SHAPE = 0x100
export const TAG_SHIFT = 9
export const MAX_TAG = 2 ** (31 - TAG_SHIFT) - 1

/** The parts of an area over one block of shared memory. */
export interface RowArea {
  readonly memory: SharedArrayBuffer
  /**
   * Four words a row: the sequence of the context that it belongs to, how it is to be read, where its text ends, and one
   * that is free.
   */
  readonly heads: Int32Array
  readonly numbers: Float64Array
  readonly text: Uint16Array
  /**
   * How far text and numbers have been read, and up to which sequence rows are whole. `ROWS_WRITTEN` is stored with
   * `Atomics` after all that lies in the rows, and loaded so before that is read: the rows themselves need none then.
   */
  readonly positions: Int32Array
}

/** Lays an area over `memory`, or over new memory. */
export function rowArea(
  memory = new SharedArrayBuffer(HEAD_BYTES + NUMBER_BYTES + TEXT_BYTES + POSITIONS * 4),
): RowArea {
  return {
    memory,
    heads: new Int32Array(memory, 0, ROWS << HEAD_SHIFT),
    numbers: new Float64Array(memory, HEAD_BYTES, NUMBERS),
    text: new Uint16Array(memory, HEAD_BYTES + NUMBER_BYTES, TEXT_UNITS),
    positions: new Int32Array(memory, HEAD_BYTES + NUMBER_BYTES + TEXT_BYTES, POSITIONS),
  }
}

/** Where in `heads` the head of a context's row begins. */
export function headOf(sequence: number): number {
  return (sequence & (ROWS - 1)) << HEAD_SHIFT
}

/** Where in the ring the numbers of the next row begin, `position` numbers having been written. Positions wrap. */
export function nextNumbers(position: number): number {
  const at = position & (NUMBERS - 1)
  return at + ROW_NUMBERS > NUMBERS ? (position + NUMBERS - at) | 0 : position
}
