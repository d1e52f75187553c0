import type { FromLane } from '../contract/messages.ts'

const MOST_WAITING = 4 * 2 ** 20
const TELL_MS = 100

type Write = (chunk: string | Uint8Array, ...rest: unknown[]) => boolean

/**
 * Bounds what this thread has written to stdout and stderr and the main thread has not taken. Node would keep all of it,
 * here and then there in one piece; what finds no room is dropped and counted.
 */
export class BoundedOutput {
  readonly #post: (message: FromLane) => void
  #dropped = 0

  constructor(post: (message: FromLane) => void) {
    this.#post = post
    this.#bound(process.stdout)
    this.#bound(process.stderr)
  }

  #bound(stream: NodeJS.WriteStream): void {
    const write = stream.write.bind(stream) as Write
    stream.write = ((chunk, ...rest) => {
      const room = MOST_WAITING - stream.writableLength
      // Anything else is for Node to refuse.
      const isContent = typeof chunk === 'string' || chunk instanceof Uint8Array
      if (!isContent || chunk.length <= room) return write(chunk, ...rest)
      this.#drop()
      if (room > 0) return write(typeof chunk === 'string' ? chunk.slice(0, room) : chunk.subarray(0, room), ...rest)
      // A writer that waits is told as ever: by its callback, and by `drain` once what is there has been taken.
      const done = rest.at(-1)
      if (typeof done === 'function') process.nextTick(done)
      return false
    }) as Write as typeof stream.write
  }

  #drop(): void {
    if (this.#dropped++ === 0) setTimeout(() => this.flush(), TELL_MS).unref()
  }

  /** Tells how much has been dropped since it was told last. */
  flush(): void {
    if (this.#dropped === 0) return
    this.#post({ type: 'output-dropped', writes: this.#dropped })
    this.#dropped = 0
  }
}
