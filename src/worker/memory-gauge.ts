import { getHeapStatistics } from 'node:v8'
import type { LaneMarks } from '../kernel/lane-marks.ts'

const INTERVAL_MS = 50
const MIB = 2 ** 20

/**
 * Tells the supervisor now and then how much memory this thread uses: its heap, with what is not yet collected, and what
 * it holds outside, such as buffers. Memory that threads share is in neither.
 */
export class MemoryGauge {
  readonly #marks: LaneMarks
  #nextAt: number

  constructor(marks: LaneMarks, isWanted: boolean) {
    this.#marks = marks
    this.#nextAt = isWanted ? 0 : Infinity
  }

  /** To be called between contexts: one comparison, unless it is time. */
  look(now: number): void {
    if (now < this.#nextAt) return
    this.#nextAt = now + INTERVAL_MS
    const { used_heap_size: heap, external_memory: external } = getHeapStatistics()
    this.#marks.reportMemory(Math.ceil((heap + external) / MIB))
  }
}
