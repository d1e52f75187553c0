import { Backoff } from '../backoff.ts'
import { compileShape, shapeFromKey, shapeKey, type ShapeCodec } from './shape-codec.ts'
import { shapeOf } from './shape.ts'

const MAX_SHARED = 512

/** Compiled codecs by the key of their shape: a side that reads gets the key with what was written. */
export class CodecsByKey {
  readonly #codecs = new Map<string, ShapeCodec>()

  get(key: string): ShapeCodec {
    let codec = this.#codecs.get(key)
    if (codec === undefined) {
      if (this.#codecs.size === MAX_SHARED) this.#codecs.clear()
      codec = compileShape(shapeFromKey(key))
      this.#codecs.set(key, codec)
    }
    return codec
  }
}

// Many services have values of the same shapes: each is compiled once for all of them.
const shared = new CodecsByKey()

const MAX_CODECS = 8
// Shapes are few or without end; in the second case, to compile them would cost more than it saves.
const MAX_COMPILED = 64
const MAX_KEY_LENGTH = 4096

/** The shapes that one service's values were seen to have, on the side that writes them. */
export class ShapeCodecs {
  /** The one that fitted last comes first. */
  readonly #codecs: ShapeCodec[] = []
  readonly #backoff = new Backoff()
  #compiled = 0

  /** The codecs to try, or none for a while after tries were in vain. */
  get toTry(): readonly ShapeCodec[] | undefined {
    return this.#backoff.isDue ? this.#codecs : undefined
  }

  /** A codec for a value that no known one fits. */
  learn(value: unknown): ShapeCodec | undefined {
    if (this.#compiled === MAX_COMPILED) return undefined
    const shape = shapeOf(value, (found) => this.#has(shapeKey(found)))
    const key = shape === undefined ? '' : shapeKey(shape)
    if (shape === undefined || key.length > MAX_KEY_LENGTH) return undefined
    this.#compiled++
    if (this.#codecs.length === MAX_CODECS) this.#codecs.pop()
    const codec = shared.get(key)
    this.#codecs.unshift(codec)
    return codec
  }

  /** Whether a shape has a codec, which then refused a value for another reason. */
  #has(key: string): boolean {
    return this.#codecs.some((codec) => codec.key === key)
  }

  hit(codec: ShapeCodec): void {
    this.#backoff.hit()
    if (this.#codecs[0] === codec) return
    this.#codecs.splice(this.#codecs.indexOf(codec), 1)
    this.#codecs.unshift(codec)
  }

  miss(): void {
    this.#backoff.miss()
  }
}
