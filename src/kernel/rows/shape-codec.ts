import { compileSource } from './compile-source.ts'
import { readSource, writeSource } from './shape-source.ts'
import { type LeafType, MAX_DEPTH, type Shape, leafTypes } from './shape.ts'

/** Takes the texts of values, in the order of their leaves. */
export interface TextSink {
  /**
   * `column` counts the text leaves of one value; `known` is a text that whoever takes this one knows. `false` where
   * there is no room for it.
   */
  put(column: number, text: string, known?: string): boolean
  mark(): number
  /** Forgets what was put since. */
  reset(mark: number): void
}

/** Gives the texts back, in the order in which they were put. */
export interface TextSource {
  take(column: number, known?: string): string
}

/**
 * Writes and reads values of one shape. From `numbers[at]` on lie the numbers and booleans of a value, in the order of
 * their leaves.
 */
export interface ShapeCodec {
  readonly shape: Shape
  /** Names the shape, on both sides of a thread. */
  readonly key: string
  /** Slots a value takes. */
  readonly numbers: number
  /** Texts a value has. */
  readonly strings: number
  /** Which of the texts is the request id of a context; -1 where none is. */
  readonly idColumn: number
  /**
   * `false` where the value is not exactly of this shape, or its texts found no room: then no text was put, and what was
   * written to `numbers` means nothing. It never throws. Members are read once and in order, as structured clone does.
   */
  write(value: object, numbers: Float64Array, at: number, texts: TextSink, known?: string): boolean
  read(numbers: Float64Array, at: number, texts: TextSource, known?: string): object
}

/** Generates the code for a shape: about 0.1 ms, and as much again when V8 optimises it. */
export function compileShape(shape: Shape): ShapeCodec {
  return {
    shape,
    key: shapeKey(shape),
    numbers: countLeaves(shape, ['number', 'boolean']),
    strings: countLeaves(shape, ['string']),
    idColumn: idColumn(shape),
    write: compileSource<ShapeCodec['write']>(writeSource(shape)),
    read: compileSource<ShapeCodec['read']>(readSource(shape)),
  }
}

export function shapeKey(shape: Shape): string {
  return JSON.stringify(shape)
}

/**
 * The shape that a key names.
 *
 * @throws {RangeError} It names none: a component may have posted it, and what a shape holds becomes code.
 */
export function shapeFromKey(key: string): Shape {
  const shape: unknown = JSON.parse(key)
  if (!isShape(shape, 1)) throw new RangeError('Not the key of a shape')
  return shape
}

function isShape(shape: unknown, depth: number): shape is Shape {
  if (!Array.isArray(shape) || shape.length === 0 || depth > MAX_DEPTH) return false
  return shape.every((field: unknown) => {
    if (!Array.isArray(field) || field.length !== 2 || typeof field[0] !== 'string' || field[0] === '__proto__')
      return false
    return typeof field[1] === 'string' ? leafTypes.has(field[1]) : isShape(field[1], depth + 1)
  })
}

function idColumn(shape: Shape): number {
  const at = shape.findIndex(([key, type]) => key === 'request_id' && type === 'string')
  return at < 0 ? -1 : countLeaves(shape.slice(0, at), ['string'])
}

function countLeaves(shape: Shape, counted: readonly LeafType[]): number {
  let count = 0
  for (const [, type] of shape) {
    if (typeof type !== 'string') count += countLeaves(type, counted)
    else if (counted.includes(type)) count++
  }
  return count
}
