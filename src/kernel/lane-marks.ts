import type { Stage } from './stage.ts'

// The originals: a component may replace them in its thread, and the marks must be right all the same.
const { add, exchange, load, store } = Atomics

// What a lane and the supervisor share: 32-bit slots, then one flag per sequence in a ring. The ring is wider than the
// contexts that can be in flight on one lane, so a flag is never another context's. A second ring holds how many
// attempts each context has behind it.
const STARTED = 0
const STAGE = 1
const RECORDS_TAKEN = 2
const ATTENTION = 3
const LISTENING = 4
const SHARES_TAKEN = 5
const MEMORY = 6
const UP = 7
const TURN = 8
const SLOTS = 12
const RING = 8192
/** Where the flags of contexts in flight lie in the memory of a lane's marks. */
export const FLAGS_AT = SLOTS * 4
const WITHDRAWN = 1
const CANCELLED = 2

/** What a lane is about: in its event loop and to be woken by a message, at work, or asking for contexts all the time. */
export const ASLEEP = 0
export const AWAKE = 1
export const POLLING = 2
export type Attention = typeof ASLEEP | typeof AWAKE | typeof POLLING

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
  readonly #attempts: Uint16Array

  constructor(memory = new SharedArrayBuffer(SLOTS * 4 + 3 * RING)) {
    this.memory = memory
    this.#slots = new Int32Array(memory, 0, SLOTS)
    this.#flags = new Uint8Array(memory, FLAGS_AT, RING)
    this.#attempts = new Uint16Array(memory, SLOTS * 4 + RING)
  }

  /** Lane: says that the context `sequence` starts now. Only after the outcome of the one before has been posted. */
  start(sequence: number): void {
    store(this.#slots, STARTED, sequence)
  }

  /** The sequence of the last context that started. */
  started(): number {
    return load(this.#slots, STARTED)
  }

  /** Lane: says that its thread has loaded its entry. */
  up(): void {
    store(this.#slots, UP, 1)
  }

  isUp(): boolean {
    return load(this.#slots, UP) === 1
  }

  /** Lane: says which part of an execution runs. */
  enter(stage: Stage): void {
    this.#slots[STAGE] = stage
  }

  stage(): Stage {
    return load(this.#slots, STAGE)
  }

  /** Lane: of a context that stands for many runs, says which of them runs, counted from its first. */
  turn(turn: number): void {
    this.#slots[TURN] = turn
  }

  turnNow(): number {
    return load(this.#slots, TURN)
  }

  /** Lane: says how much memory it uses, in MiB. */
  reportMemory(mb: number): void {
    this.#slots[MEMORY] = mb
  }

  /** What the lane has said last, or 0. */
  memoryMb(): number {
    return load(this.#slots, MEMORY)
  }

  /** Supervisor: prepares the flag of a context that is about to be sent, and says how many attempts it has made. */
  clear(sequence: number, attempts = 0): void {
    this.#flags[sequence & (RING - 1)] = 0
    this.#attempts[sequence & (RING - 1)] = attempts
  }

  /** How many attempts a context that was sent has behind it. */
  attemptsBefore(sequence: number): number {
    return this.#attempts[sequence & (RING - 1)]!
  }

  /** Supervisor: takes a context back, if it has not started. One that has is not touched. */
  withdraw(sequence: number): void {
    store(this.#flags, sequence & (RING - 1), WITHDRAWN)
  }

  /** Supervisor: asks a context not to start, or to end. */
  cancel(sequence: number): void {
    store(this.#flags, sequence & (RING - 1), CANCELLED)
  }

  /** Lane: whether a context that it has just marked must be skipped. */
  mustSkip(sequence: number): boolean {
    return load(this.#flags, sequence & (RING - 1)) !== 0
  }

  /** Whether a context that runs is asked to end. */
  isCancelled(sequence: number): boolean {
    return load(this.#flags, sequence & (RING - 1)) === CANCELLED
  }

  /**
   * Lane: says what it is about. After `ASLEEP` it looks once more for contexts: the supervisor leaves them first and
   * reads this word after, so that either the lane sees them or the supervisor sees that it must be woken.
   */
  attend(attention: Attention): void {
    store(this.#slots, ATTENTION, attention)
  }

  /** Supervisor: contexts have been left. Returns what the lane was about; one that was asleep is to be woken, once. */
  rouse(): Attention {
    return exchange(this.#slots, ATTENTION, AWAKE) as Attention
  }

  /**
   * Supervisor: says whether it looks for results all the time, and need not be told. After `false` it looks once more,
   * as the lane does after `ASLEEP`.
   */
  listen(listens: boolean): void {
    store(this.#slots, LISTENING, listens ? 1 : 0)
  }

  /** Lane: whether the supervisor will find a result that has just been left. */
  isHeard(): boolean {
    return load(this.#slots, LISTENING) === 1
  }

  /** Lane: counts a shared value as known here. */
  takeShare(): void {
    add(this.#slots, SHARES_TAKEN, 1)
  }

  sharesTaken(): number {
    return load(this.#slots, SHARES_TAKEN)
  }

  /** Supervisor: counts a batch of log records as written. */
  takeRecords(): void {
    add(this.#slots, RECORDS_TAKEN, 1)
  }

  recordsTaken(): number {
    return load(this.#slots, RECORDS_TAKEN)
  }
}
