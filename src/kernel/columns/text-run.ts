import type { TextSink, TextSource } from './shape-codec.ts'

// All texts of a chunk, joined, and their lengths. A substring of 13 units or more keeps what it was cut from alive: a
// component that keeps one text of a chunk would keep all. So they are joined in pieces of about this many units, which
// bounds what a kept text can hold, and a longer text is a piece of its own.
const PIECE = 1024
// The length of a text that is the same as the first of its column.
const AS_FIRST = -1

/** Collects the texts of a chunk on the sending side. */
export class TextRun implements TextSink {
  readonly #lengths: Int32Array
  readonly #pieces: string[] = []
  /** The first text of each column; `null` once another has differed from it, so that it is compared no more. */
  readonly #firsts: (string | null)[] = []
  #piece = ''
  #put = 0

  /** @param lengths gets the length of each text that is put. */
  constructor(lengths: Int32Array) {
    this.#lengths = lengths
  }

  put(column: number, text: string): boolean {
    if (column === this.#firsts.length) this.#firsts.push(text)
    else {
      const first = this.#firsts[column]
      if (first === text) {
        this.#lengths[this.#put++] = AS_FIRST
        return true
      }
      if (first !== null) this.#firsts[column] = null
    }
    this.#lengths[this.#put++] = text.length
    if (this.#piece.length + text.length > PIECE && this.#piece !== '') {
      this.#pieces.push(this.#piece)
      this.#piece = text
    } else this.#piece += text
    return true
  }

  /** The run only grows: a value that is refused puts nothing, and a put has always room. */
  mark(): number {
    return this.#put
  }

  reset(_mark: number): void {}

  /** The joined texts. */
  end(): readonly string[] {
    if (this.#piece !== '') this.#pieces.push(this.#piece)
    return this.#pieces
  }
}

/** Cuts the texts of a chunk apart on the receiving side. */
export class TextRunReader implements TextSource {
  readonly #lengths: Int32Array
  readonly #pieces: readonly string[]
  readonly #firsts: string[] = []
  #piece = ''
  #next = 0
  #at = 0
  #taken = 0

  constructor(lengths: Int32Array, pieces: readonly string[]) {
    this.#lengths = lengths
    this.#pieces = pieces
  }

  take(column: number): string {
    const length = this.#lengths[this.#taken++]!
    if (length === AS_FIRST) return this.#firsts[column]!
    if (this.#at === this.#piece.length && length > 0) {
      this.#piece = this.#pieces[this.#next++]!
      this.#at = 0
    }
    const text = this.#piece.slice(this.#at, (this.#at += length))
    if (column === this.#firsts.length) this.#firsts.push(text)
    return text
  }
}
