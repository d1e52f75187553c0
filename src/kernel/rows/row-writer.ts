import { Backoff } from '../backoff.ts'
import {
  FORM,
  IS_NEW_SHAPE,
  MAX_TAG,
  NUMBERS,
  NUMBERS_READ,
  ROWS_WRITTEN,
  ROW_NUMBERS,
  type RowArea,
  TAG_SHIFT,
  TEXT_END,
  TEXT_READ,
  headOf,
  nextNumbers,
  rowArea,
} from './row-area.ts'
import { type ShapeCodec, numbersOf } from './shape-codec.ts'
import { ShapeCodecs } from './shape-codecs.ts'
import { TextRing } from './text-ring.ts'
import { TreeWriter } from './tree-writer.ts'

// The originals: see `kernel/lane-marks.ts`.
const { load, store } = Atomics

const MAX_SHAPES = 255
// With less room than this, nothing is written until the other side has read some.
const LEAST_TEXT = 1 << 14
const LEAST_NUMBERS = 4 * ROW_NUMBERS
// Rows that are shown at one go: each time costs as much as to write a few numbers.
const MOST_UNSEEN = 16

/** What the values of one service are like. */
class Kind {
  readonly codecs = new ShapeCodecs()
  readonly trees = new Backoff()
}

/**
 * Leaves values in memory that another thread reads: contexts for a lane, and results for the supervisor. What has been
 * written is not lost, however the writing thread ends. The twin that reads is `row-reader.ts`.
 */
export class RowWriter {
  readonly #area: RowArea
  readonly #texts: TextRing
  readonly #trees: TreeWriter
  readonly #kinds: Kind[] = []
  readonly #ids = new Map<string, number>()
  #numbersWritten = 0
  #numbersLimit = NUMBERS
  /** The codec that wrote last, and its number: most rows are like the one before. */
  #lastCodec: ShapeCodec | undefined
  #lastId = 0
  #lastWritten: number | undefined
  #wasTree = false
  #unseen = 0

  constructor(memory?: SharedArrayBuffer) {
    this.#area = rowArea(memory)
    this.#texts = new TextRing(this.#area.text)
    this.#trees = new TreeWriter(this.#area.numbers, this.#texts)
  }

  get memory(): SharedArrayBuffer {
    return this.#area.memory
  }

  /**
   * Writes the value of a context as a row, with a number from 0 to `MAX_TAG` for the reader, who need not see it before
   * it is published; `false` where it does not fit one, and then nothing was written. Values of one service are taken to
   * be alike.
   *
   * @param known A text that the reader knows as it takes the row; where the value holds it, it need not cross.
   */
  write(service: number, sequence: number, tag: number, value: unknown, known?: string): boolean {
    if (typeof value !== 'object' || value === null || tag > MAX_TAG || !this.#hasRoom()) return false
    const kind = (this.#kinds[service] ??= new Kind())
    const { codecs } = kind
    const { toTry } = codecs
    if (toTry !== undefined) {
      // By index: a component may have changed how arrays are walked, and contexts behind it are still to get their rows.
      for (let index = 0; index < toTry.length; index++) {
        const codec = toTry[index]!
        if (!this.#writeShaped(codec, sequence, tag, value, known)) continue
        codecs.hit(codec)
        return true
      }
      const learnt = codecs.learn(value)
      if (learnt !== undefined && this.#writeShaped(learnt, sequence, tag, value, known)) return true
      codecs.miss()
    }
    return this.#writeTree(kind, sequence, tag, value, known)
  }

  /**
   * Says that a context has no row. Sequences come round again, and what a ring without rows for so long still holds
   * must not be taken for theirs.
   */
  pass(sequence: number): void {
    // It may have one, where something went wrong right behind it.
    if (sequence === this.#lastWritten) return
    // The number of no context that this row could be of.
    this.#area.heads[headOf(sequence)] = ~sequence
  }

  #hasRoom(): boolean {
    if (this.#texts.room >= LEAST_TEXT && ((this.#numbersLimit - this.#numbersWritten) | 0) >= LEAST_NUMBERS)
      return true
    const { positions } = this.#area
    this.#texts.release(load(positions, TEXT_READ))
    this.#numbersLimit = (load(positions, NUMBERS_READ) + NUMBERS) | 0
    return this.#texts.room >= LEAST_TEXT && ((this.#numbersLimit - this.#numbersWritten) | 0) >= LEAST_NUMBERS
  }

  #writeShaped(codec: ShapeCodec, sequence: number, tag: number, value: object, known?: string): boolean {
    const id = codec === this.#lastCodec ? this.#lastId : this.#idOf(codec)
    if (id === undefined) return false
    const mark = this.#texts.mark()
    // Its key goes before the first value of a shape, so that whoever sees the row can read it.
    const isNew = id > this.#ids.size
    if (isNew && !this.#texts.put(0, codec.key)) return false
    const { numbers } = this.#area
    const position = nextNumbers(this.#numbersWritten)
    const at = position & (NUMBERS - 1)
    if (!codec.write(value, numbers, at, this.#texts, known)) {
      if (isNew) this.#texts.reset(mark)
      return false
    }
    if (isNew) this.#ids.set(codec.key, id)
    this.#lastCodec = codec
    this.#lastId = id
    this.#wasTree = false
    this.#end(
      sequence,
      id | (isNew ? IS_NEW_SHAPE : 0) | (tag << TAG_SHIFT),
      (position + numbersOf(codec, numbers, at)) | 0,
    )
    return true
  }

  /** The number of a shape; of one that has none yet, the next. */
  #idOf(codec: ShapeCodec): number | undefined {
    const id = this.#ids.get(codec.key)
    if (id !== undefined) return id
    return this.#ids.size < MAX_SHAPES && codec.numbers <= ROW_NUMBERS ? this.#ids.size + 1 : undefined
  }

  #writeTree(kind: Kind, sequence: number, tag: number, value: object, known?: string): boolean {
    if (!kind.trees.isDue) return false
    const position = nextNumbers(this.#numbersWritten)
    const numbers = this.#trees.write(value, position & (NUMBERS - 1), known)
    if (numbers === undefined) {
      kind.trees.miss()
      return false
    }
    kind.trees.hit()
    this.#wasTree = true
    this.#end(sequence, tag << TAG_SHIFT, (position + numbers) | 0)
    return true
  }

  #end(sequence: number, form: number, numbersWritten: number): void {
    const { heads } = this.#area
    const head = headOf(sequence)
    this.#numbersWritten = numbersWritten
    heads[head + FORM] = form
    heads[head + TEXT_END] = this.#texts.written
    heads[head] = sequence
    this.#lastWritten = sequence
    if (++this.#unseen === MOST_UNSEEN) this.publish()
  }

  /** The request id in the row that was written last, where that is a context: a getter might say another by now. */
  get requestId(): string | undefined {
    return this.#wasTree ? this.#trees.requestId : this.#texts.lastOf(this.#lastCodec!.idColumn)
  }

  /** Lets the reader see all that has been written; `write` does so now and then. */
  publish(): void {
    if (this.#unseen === 0) return
    this.#unseen = 0
    store(this.#area.positions, ROWS_WRITTEN, this.#lastWritten!)
  }
}
