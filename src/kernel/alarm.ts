import { MinHeap } from './min-heap.ts'

interface Call {
  readonly at: number
  readonly run: () => void
}

/** Calls at their times, by one timer however many there are. It keeps no process alive. */
export class Alarm {
  readonly #calls = new MinHeap<Call>(({ at }) => at)
  #timer: NodeJS.Timeout | undefined
  #setFor = Infinity

  /** Calls `run` after `ms` milliseconds. */
  after(ms: number, run: () => void): void {
    this.#calls.push({ at: performance.now() + ms, run })
    this.#set()
  }

  /** Calls nothing any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#calls.retain(() => false)
  }

  #set(): void {
    const next = this.#calls.peek()
    if (!next || next.at >= this.#setFor) return
    clearTimeout(this.#timer)
    this.#setFor = next.at
    this.#timer = setTimeout(() => this.#ring(), Math.max(next.at - performance.now(), 0))
    this.#timer.unref()
  }

  #ring(): void {
    this.#setFor = Infinity
    const now = performance.now()
    for (let next = this.#calls.peek(); next && next.at <= now; next = this.#calls.peek()) {
      this.#calls.pop()
      next.run()
    }
    this.#set()
  }
}
