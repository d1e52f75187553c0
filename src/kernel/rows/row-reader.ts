import {
  IS_NEW_SHAPE,
  NUMBERS,
  NUMBERS_READ,
  ROWS,
  type RowArea,
  SHAPE_MASK,
  TAG_SHIFT,
  TEXT_READ,
  TEXT_WRITTEN,
  nextNumbers,
  rowArea,
} from './row-area.ts'
import type { ShapeCodec } from './shape-codec.ts'
import { CodecsByKey } from './shape-codecs.ts'
import { TextRingReader } from './text-ring.ts'
import { TreeReader } from './tree-reader.ts'

// Lanes see the same shapes: each is compiled once for all of them.
const codecs = new CodecsByKey()
const EVERY = 64

/** Reads the values that another thread leaves in shared memory, in order. The twin that writes is `row-writer.ts`. */
export class RowReader {
  readonly #area: RowArea
  readonly #shapes: ShapeCodec[] = []
  readonly #texts: TextRingReader
  readonly #trees: TreeReader
  #numbersRead = 0
  #unsaid = 0

  constructor(memory?: SharedArrayBuffer) {
    this.#area = rowArea(memory)
    this.#texts = new TextRingReader(this.#area.text)
    this.#trees = new TreeReader(this.#area.numbers, this.#texts)
  }

  get memory(): SharedArrayBuffer {
    return this.#area.memory
  }

  /** Whether the row of the context `sequence` is there. */
  has(sequence: number): boolean {
    return Atomics.load(this.#area.heads, (sequence & (ROWS - 1)) << 1) === sequence
  }

  /** The number that the writer gave to a row that is there. */
  tag(sequence: number): number {
    return this.#area.heads[((sequence & (ROWS - 1)) << 1) + 1]! >>> TAG_SHIFT
  }

  /** Reads a row that is there. Every row is read once, in the order in which they were written. */
  take(sequence: number): object {
    const { heads, numbers, positions } = this.#area
    const word = heads[((sequence & (ROWS - 1)) << 1) + 1]!
    const id = word & SHAPE_MASK
    const position = nextNumbers(this.#numbersRead)
    this.#texts.extend(positions[TEXT_WRITTEN]!)
    if (++this.#unsaid === EVERY) this.release()
    if (id === 0) {
      const value = this.#trees.read(position & (NUMBERS - 1))
      this.#numbersRead = (position + this.#trees.numbers) | 0
      return value
    }
    if (word & IS_NEW_SHAPE) this.#shapes[id] = codecs.get(this.#texts.take(0))
    const codec = this.#shapes[id]!
    this.#numbersRead = (position + codec.numbers) | 0
    return codec.read(numbers, position & (NUMBERS - 1), this.#texts)
  }

  /** Lets the writer have the room of what was read; also done now and then by `take`. */
  release(): void {
    const { positions } = this.#area
    this.#unsaid = 0
    Atomics.store(positions, TEXT_READ, this.#texts.consumed)
    Atomics.store(positions, NUMBERS_READ, this.#numbersRead)
  }
}
