// The memory in which a lane leaves results for the supervisor: a ring of rows, wider than the contexts that can be in
// flight on one lane, so that a row is read before its place is used again.

/** Rows in the ring; a power of two. */
export const RESULT_ROWS = 8192
/** Numbers that a row can hold. */
export const ROW_NUMBERS = 16
/** 16-bit units of text that all rows together can hold; a power of two. */
export const RESULT_TEXT_UNITS = 1 << 18

const SEQUENCES = RESULT_ROWS * 4
const SHAPES = RESULT_ROWS
const NUMBERS = RESULT_ROWS * ROW_NUMBERS * 8
const POSITIONS = 8
const SIZE = SEQUENCES + SHAPES + NUMBERS + POSITIONS + RESULT_TEXT_UNITS * 2

/** Places in `ResultArea.positions`. */
export const TEXT_WRITTEN = 0
export const TEXT_READ = 1

/** The parts of a result area over one block of shared memory. */
export interface ResultArea {
  readonly memory: SharedArrayBuffer
  /** By row: the sequence of the context whose result it holds. Written last, so that a row is whole once it is named. */
  readonly sequences: Int32Array
  /** By row: which of the lane's result shapes it has. */
  readonly shapes: Uint8Array
  readonly numbers: Float64Array
  readonly text: Uint16Array
  /** How far the lane has written text, and how far the supervisor has read it. */
  readonly positions: Int32Array
}

/** Lays a result area over `memory`, or over new memory. */
export function resultArea(memory = new SharedArrayBuffer(SIZE)): ResultArea {
  return {
    memory,
    sequences: new Int32Array(memory, 0, RESULT_ROWS),
    shapes: new Uint8Array(memory, SEQUENCES, RESULT_ROWS),
    numbers: new Float64Array(memory, SEQUENCES + SHAPES, RESULT_ROWS * ROW_NUMBERS),
    positions: new Int32Array(memory, SEQUENCES + SHAPES + NUMBERS, 2),
    text: new Uint16Array(memory, SEQUENCES + SHAPES + NUMBERS + POSITIONS, RESULT_TEXT_UNITS),
  }
}
