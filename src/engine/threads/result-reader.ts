import { CodecsByKey } from '../../kernel/columns/shape-codecs.ts'
import type { ShapeCodec } from '../../kernel/columns/shape-codec.ts'
import { TextRingReader } from '../../kernel/columns/text-ring.ts'
import {
  RESULT_ROWS,
  ROW_NUMBERS,
  type ResultArea,
  TEXT_READ,
  TEXT_WRITTEN,
  resultArea,
} from '../../kernel/result-area.ts'

// Lanes see the same shapes: each is compiled once for all of them.
const codecs = new CodecsByKey()

/** Reads the results that a lane leaves in shared memory. The twin that writes them is `worker/result-writer.ts`. */
export class ResultReader {
  readonly #area: ResultArea = resultArea()
  readonly #shapes: ShapeCodec[] = []
  readonly #texts = new TextRingReader(this.#area.text)

  get memory(): SharedArrayBuffer {
    return this.#area.memory
  }

  /** Learns a shape that rows may have from now on; `false` for what is none, which no lane says. */
  learn(id: number, shape: string): boolean {
    try {
      this.#shapes[id] = codecs.get(shape)
      return true
    } catch {
      return false
    }
  }

  /** Reads the results that are there, in order; the twin of `Lane.readRows`. */
  read(first: number, limit: number, each: (value: unknown) => void): number {
    const { sequences, shapes, numbers, positions } = this.#area
    let count = 0
    while (count < limit) {
      const sequence = (first + count) | 0
      const row = sequence & (RESULT_ROWS - 1)
      if (Atomics.load(sequences, row) !== sequence) break
      const codec = this.#shapes[shapes[row]!]
      // The word of its shape is still on its way.
      if (!codec) break
      if (codec.strings > 0) this.#texts.extend(Atomics.load(positions, TEXT_WRITTEN))
      count++
      each(codec.read(numbers, row * ROW_NUMBERS, 1, this.#texts))
    }
    if (count > 0) Atomics.store(positions, TEXT_READ, this.#texts.consumed)
    return count
  }
}
