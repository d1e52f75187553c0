import type { ShapeMessage } from '../contract/messages.ts'
import type { ShapeCodec } from '../kernel/columns/shape-codec.ts'
import { ShapeCodecs } from '../kernel/columns/shape-codecs.ts'
import { TextRing } from '../kernel/columns/text-ring.ts'
import {
  RESULT_ROWS,
  RESULT_TEXT_UNITS,
  ROW_NUMBERS,
  type ResultArea,
  TEXT_READ,
  TEXT_WRITTEN,
  resultArea,
} from '../kernel/result-area.ts'

// The originals: see `kernel/lane-marks.ts`.
const { load, store } = Atomics
const MAX_SHAPES = 255
// With less room than this for text, results are posted until the supervisor has read some.
const LEAST_ROOM = 1 << 14

/**
 * Leaves results in memory that the supervisor reads: what has been written is not lost, however the thread ends. The
 * twin that reads is `engine/threads/result-reader.ts`.
 */
export class ResultWriter {
  readonly #area: ResultArea
  readonly #texts: TextRing
  readonly #post: (message: ShapeMessage) => void
  readonly #services: ShapeCodecs[] = []
  readonly #ids = new Map<string, number>()

  constructor(memory: SharedArrayBuffer, post: (message: ShapeMessage) => void) {
    this.#area = resultArea(memory)
    this.#texts = new TextRing(this.#area.text)
    this.#post = post
  }

  /** Writes the result of a context as a row; `false` where it does not fit one, and then nothing was written. */
  write(service: number, sequence: number, value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !this.#hasRoom()) return false
    const codecs = (this.#services[service] ??= new ShapeCodecs())
    const { known } = codecs
    if (known === undefined) return false
    // By index: a component may have changed how arrays are walked, and contexts behind it are still to get their rows.
    for (let index = 0; index < known.length; index++) {
      const codec = known[index]!
      if (!this.#writeWith(codec, sequence, value)) continue
      codecs.hit(codec)
      return true
    }
    const learnt = codecs.learn(value)
    if (learnt !== undefined && this.#writeWith(learnt, sequence, value)) return true
    codecs.miss()
    return false
  }

  #hasRoom(): boolean {
    const read = load(this.#area.positions, TEXT_READ)
    this.#texts.release(read)
    return RESULT_TEXT_UNITS - ((this.#texts.written - read) | 0) >= LEAST_ROOM
  }

  #writeWith(codec: ShapeCodec, sequence: number, value: object): boolean {
    if (codec.numbers > ROW_NUMBERS) return false
    const { numbers, shapes, sequences, positions } = this.#area
    const row = sequence & (RESULT_ROWS - 1)
    const id = this.#idOf(codec)
    if (id === undefined || !codec.write(value, numbers, row * ROW_NUMBERS, 1, this.#texts)) return false
    shapes[row] = id
    if (codec.strings > 0) store(positions, TEXT_WRITTEN, this.#texts.written)
    // Last, and in order: whoever sees the sequence sees the whole row.
    store(sequences, row, sequence)
    return true
  }

  /** The number of a shape; its first use is posted, since the supervisor must know it to read the row. */
  #idOf(codec: ShapeCodec): number | undefined {
    let id = this.#ids.get(codec.key)
    if (id === undefined && this.#ids.size < MAX_SHAPES) {
      id = this.#ids.size + 1
      this.#ids.set(codec.key, id)
      this.#post({ type: 'shape', id, shape: codec.key })
    }
    return id
  }
}
