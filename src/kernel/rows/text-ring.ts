import type { TextSink, TextSource } from './texts.ts'

// Texts in memory that two threads share: each as its length, then its units, around a ring whose size is a power of two.
// Lengths are units below 256, so that a piece of the ring with no other text than Latin is a string of one byte a unit.
// A text that the other side knows without being told, or that is the same as the last of its column, takes one unit.
// Positions count units, are 32-bit and wrap: compare two by the sign of their difference. It is the owner of the ring who
// shows them to the other side, after the texts were put and after they were taken.

// A longer text is not worth its place in a ring.
const LONGEST = 1024
// From here on one native call is quicker than a loop over the units.
const NATIVE = 24
// A substring of 13 units or more keeps what it was cut from alive: this bounds what a kept text can hold.
const PIECE = 1024
// In place of the length: the text is the same as the last of its column; or the length follows, which is too great for
// one unit; or the text is the known one.
const AS_LAST = 0xff
const LONG = 0xfe
const AS_KNOWN = 0xfd
// A column whose texts differ is not compared again for so many.
const UNLIKE = 255

/** Puts texts into the ring, on one side only. */
export class TextRing implements TextSink {
  readonly #units: Uint16Array
  readonly #bytes: Buffer
  readonly #mask: number
  readonly #longest: number
  /** By column, the last text that was put whole, and for how many texts it is not worth comparing. */
  readonly #last: string[] = []
  readonly #unlike: number[] = []
  #written: number
  #limit: number

  /** @param start where both sides begin: 0 but for a ring that others have used before. */
  constructor(units: Uint16Array, start = 0) {
    if (units.length < 4 || (units.length & (units.length - 1)) !== 0 || units.length > 2 ** 30)
      throw new RangeError(`The size of a text ring is a power of two from 4 to 2 ** 30, not ${units.length}`)
    this.#units = units
    this.#bytes = Buffer.from(units.buffer, units.byteOffset, units.byteLength)
    this.#mask = units.length - 1
    this.#longest = Math.min(LONGEST, units.length / 2 - 1)
    this.#written = start | 0
    this.#limit = (start + units.length) | 0
  }

  /** What the other side may read up to. */
  get written(): number {
    return this.#written
  }

  /** Makes room of what the other side has taken. */
  release(consumed: number): void {
    this.#limit = (consumed + this.#units.length) | 0
  }

  /** How many units there is room for. */
  get room(): number {
    return (this.#limit - this.#written) | 0
  }

  put(column: number, text: string, known?: string): boolean {
    const length = text.length
    const head = length < AS_KNOWN ? 1 : 2
    if (length > this.#longest || this.room < head + length) return false
    const units = this.#units
    const mask = this.#mask
    const at = this.#written
    const unlike = this.#unlike[column] ?? 0
    if (unlike > 0) this.#unlike[column] = unlike - 1
    else if (this.#last[column] === text) return this.#putUnit(AS_LAST)
    else if (text === known) return this.#putUnit(AS_KNOWN)
    else if (this.#last[column] !== undefined) this.#unlike[column] = UNLIKE
    this.#last[column] = text
    if (head === 1) units[at & mask] = length
    else {
      units[at & mask] = LONG
      units[(at + 1) & mask] = length
    }
    const first = (at + head) & mask
    if (length >= NATIVE && first + length <= units.length) this.#bytes.write(text, first * 2, 'utf16le')
    else for (let index = 0; index < length; index++) units[(first + index) & mask] = text.charCodeAt(index)
    this.#written = (at + head + length) | 0
    return true
  }

  #putUnit(unit: number): true {
    this.#units[this.#written & this.#mask] = unit
    this.#written = (this.#written + 1) | 0
    return true
  }

  /** The text that was put last in a column. */
  lastOf(column: number): string | undefined {
    return this.#last[column]
  }

  mark(): number {
    return this.#written
  }

  reset(mark: number): void {
    if (mark === this.#written) return
    this.#written = mark
    // What was put since is not what the other side will have seen last.
    this.#last.length = 0
  }
}

/** Takes texts out of the ring, on the other side. What it returns is a copy: the place may be written again. */
export class TextRingReader implements TextSource {
  readonly #units: Uint16Array
  readonly #bytes: Buffer
  readonly #mask: number
  #written: number
  /** Where `#piece` begins, in units of the ring. */
  #start: number
  readonly #last: string[] = []
  #piece = ''
  #at = 0

  constructor(units: Uint16Array, start = 0) {
    this.#units = units
    this.#bytes = Buffer.from(units.buffer, units.byteOffset, units.byteLength)
    this.#mask = units.length - 1
    this.#written = start | 0
    this.#start = start | 0
  }

  /** What has been taken. */
  get consumed(): number {
    return (this.#start + this.#at) | 0
  }

  /** Whether all have been taken that may be. */
  get isDrained(): boolean {
    return this.consumed === this.#written
  }

  /** Allows texts up to `written` to be taken. */
  extend(written: number): void {
    this.#written = written | 0
  }

  take(column: number, known?: string): string {
    if (this.#at === this.#piece.length) this.#decode(1)
    let length = this.#piece.charCodeAt(this.#at)
    if (length === AS_LAST) {
      this.#at++
      return this.#last[column]!
    }
    if (length === AS_KNOWN) {
      if (known === undefined) throw new RangeError('A text is said to be known that is not')
      this.#at++
      return known
    }
    let head = 1
    if (length === LONG) {
      if (this.#at + 1 === this.#piece.length) this.#decode(2)
      length = this.#piece.charCodeAt(this.#at + 1)
      head = 2
    }
    if (this.#at + head + length > this.#piece.length) this.#decode(head + length)
    const from = this.#at + head
    this.#at = from + length
    return (this.#last[column] = this.#piece.slice(from, this.#at))
  }

  /** Copies the units from here on, `units` at least. */
  #decode(units: number): void {
    const from = (this.#start + this.#at) | 0
    const count = Math.min(Math.max(PIECE, units), (this.#written - from) | 0)
    const first = from & this.#mask
    const straight = Math.min(count, this.#units.length - first)
    this.#piece = this.#bytes.toString('utf16le', first * 2, (first + straight) * 2)
    if (straight < count) this.#piece += this.#bytes.toString('utf16le', 0, (count - straight) * 2)
    this.#start = from
    this.#at = 0
  }
}
