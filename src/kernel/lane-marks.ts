import type { Stage } from './stage.ts'

// What a lane and the supervisor share: 32-bit slots, then one flag per sequence in a ring. The ring is wider than the
// contexts that can be in flight on one lane, so a flag is never another context's.
const STARTED = 0
const STAGE = 1
const RECORDS_TAKEN = 2
const UP = 3
const SLOTS = 8
const RING = 8192
const WITHDRAWN = 1
const CANCELLED = 2

/** The most contexts that may be in flight on one lane. */
export const MAX_IN_FLIGHT = RING / 2

/**
 * The memory that a lane shares with the supervisor. The lane writes the sequence of the last context it started; the
 * supervisor flags contexts that must not start, or must end.
 *
 * Both sides write first and read the other's word after: the lane marks a context, then reads its flag; the supervisor
 * flags it, then reads the mark. `Atomics` orders these four, so either the lane sees the flag and skips the context, or
 * the supervisor sees that it had started. Nothing is both skipped and started.
 */
export class LaneMarks {
  readonly memory: SharedArrayBuffer
  readonly #slots: Int32Array
  readonly #flags: Uint8Array

  constructor(memory = new SharedArrayBuffer(SLOTS * 4 + RING)) {
    this.memory = memory
    this.#slots = new Int32Array(memory, 0, SLOTS)
    this.#flags = new Uint8Array(memory, SLOTS * 4)
  }

  /** Lane: says that the context `sequence` starts now. Only after the outcome of the one before has been posted. */
  start(sequence: number): void {
    Atomics.store(this.#slots, STARTED, sequence)
  }

  /** The sequence of the last context that started. */
  started(): number {
    return Atomics.load(this.#slots, STARTED)
  }

  /** Lane: says that its thread has loaded its entry. */
  up(): void {
    Atomics.store(this.#slots, UP, 1)
  }

  isUp(): boolean {
    return Atomics.load(this.#slots, UP) === 1
  }

  /** Lane: says which part of an execution runs. */
  enter(stage: Stage): void {
    this.#slots[STAGE] = stage
  }

  stage(): Stage {
    return Atomics.load(this.#slots, STAGE)
  }

  /** Supervisor: prepares the flag of a context that is about to be sent. */
  clear(sequence: number): void {
    this.#flags[sequence & (RING - 1)] = 0
  }

  /** Supervisor: takes a context back, if it has not started. One that has is not touched. */
  withdraw(sequence: number): void {
    Atomics.store(this.#flags, sequence & (RING - 1), WITHDRAWN)
  }

  /** Supervisor: asks a context not to start, or to end. */
  cancel(sequence: number): void {
    Atomics.store(this.#flags, sequence & (RING - 1), CANCELLED)
  }

  /** Lane: whether a context that it has just marked must be skipped. */
  mustSkip(sequence: number): boolean {
    return Atomics.load(this.#flags, sequence & (RING - 1)) !== 0
  }

  /** Whether a context that runs is asked to end. */
  isCancelled(sequence: number): boolean {
    return Atomics.load(this.#flags, sequence & (RING - 1)) === CANCELLED
  }

  /** Supervisor: counts a batch of log records as written. */
  takeRecords(): void {
    Atomics.add(this.#slots, RECORDS_TAKEN, 1)
  }

  recordsTaken(): number {
    return Atomics.load(this.#slots, RECORDS_TAKEN)
  }
}
