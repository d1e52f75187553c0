import type { HeapInfo } from 'node:v8'
import type { LaneMarks } from '../kernel/lane-marks.ts'

const INTERVAL_MS = 50
const MIB = 2 ** 20

/**
 * Tells the supervisor now and then how much memory this thread uses: its heap, with what is not yet collected, and what
 * it holds outside, such as buffers. Memory that threads share is in neither.
 */
export class MemoryGauge {
  readonly #marks: LaneMarks
  readonly #statistics: (() => HeapInfo) | undefined
  #nextAt: number

  constructor(marks: LaneMarks, isWanted: boolean) {
    this.#marks = marks
    // Takes 2 ms to load; before any component, which could change it.
    this.#statistics = isWanted ? process.getBuiltinModule('node:v8').getHeapStatistics : undefined
    this.#nextAt = isWanted ? 0 : Infinity
  }

  /** To be called between contexts: one comparison, unless it is time. */
  look(now: number): void {
    if (now < this.#nextAt || this.#statistics === undefined) return
    this.#nextAt = now + INTERVAL_MS
    const { used_heap_size: heap, external_memory: external } = this.#statistics()
    this.#marks.reportMemory(Math.ceil((heap + external) / MIB))
  }
}
