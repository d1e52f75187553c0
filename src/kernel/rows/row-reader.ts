import {
  FORM,
  IS_NEW_SHAPE,
  NUMBERS,
  NUMBERS_READ,
  ROWS,
  ROWS_WRITTEN,
  type RowArea,
  SHAPE_MASK,
  TAG_SHIFT,
  TEXT_END,
  TEXT_READ,
  headOf,
  nextNumbers,
  rowArea,
} from './row-area.ts'
import { type ShapeCodec, numbersOf } from './shape-codec.ts'
import { CodecsByKey } from './shape-codecs.ts'
import { TextRingReader } from './text-ring.ts'
import { TreeReader } from './tree-reader.ts'

// The originals: see `kernel/lane-marks.ts`.
const { load, store } = Atomics

// Lanes see the same shapes: each is compiled once for all of them.
const codecs = new CodecsByKey()
const EVERY = 64
// How many rows further it looks for text to decode at one go.
const AHEAD = 16

/** Reads the values that another thread leaves in shared memory, in order. The twin that writes is `row-writer.ts`. */
export class RowReader {
  readonly #area: RowArea
  readonly #shapes: ShapeCodec[] = []
  readonly #texts: TextRingReader
  readonly #trees: TreeReader
  #numbersRead = 0
  /** Up to where rows were seen to be whole. */
  #written = 0
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
    // No row that is waited for is further back than the ring is wide, however long there has been none.
    if ((this.#written - sequence) >>> 0 >= ROWS) {
      this.#written = load(this.#area.positions, ROWS_WRITTEN)
      if ((this.#written - sequence) >>> 0 >= ROWS) return false
    }
    return this.#area.heads[headOf(sequence)] === sequence
  }

  /** The number that the writer gave to a row that is there. */
  tag(sequence: number): number {
    return this.#area.heads[headOf(sequence) + FORM]! >>> TAG_SHIFT
  }

  /**
   * Reads a row that is there. Every row is read once, in the order in which they were written. It throws where what lies
   * there is no row: a component can break what its thread writes, and then nothing behind it can be read either.
   *
   * @param known The text that the writer was told to be known.
   */
  take(sequence: number, known?: string): object {
    const { heads, numbers } = this.#area
    if (this.#unsaid === EVERY) this.release()
    this.#unsaid++
    const form = heads[headOf(sequence) + FORM]!
    const id = form & SHAPE_MASK
    const position = nextNumbers(this.#numbersRead)
    if (this.#texts.isDrained) this.#extend(sequence)
    if (id === 0) {
      const value = this.#trees.read(position & (NUMBERS - 1), known)
      this.#numbersRead = (position + this.#trees.numbers) | 0
      return value
    }
    if (form & IS_NEW_SHAPE) this.#shapes[id] = codecs.get(this.#texts.take(0))
    const codec = this.#shapes[id]!
    const at = position & (NUMBERS - 1)
    this.#numbersRead = (position + numbersOf(codec, numbers, at)) | 0
    return codec.read(numbers, at, this.#texts, known)
  }

  /** Lets text be taken up to the end of a row that is seen to be there: what is further on may not have arrived here. */
  #extend(sequence: number): void {
    const ahead = (sequence + AHEAD) | 0
    this.#texts.extend(this.#area.heads[headOf(this.has(ahead) ? ahead : sequence) + TEXT_END]!)
  }

  /** Lets the writer have the room of what was read; also done now and then by `take`. */
  release(): void {
    if (this.#unsaid === 0) return
    const { positions } = this.#area
    this.#unsaid = 0
    store(positions, TEXT_READ, this.#texts.consumed)
    store(positions, NUMBERS_READ, this.#numbersRead)
  }
}
