import { FLAGS_AT, MAX_IN_FLIGHT } from './lane-marks.ts'

const BEGUN = 1
const CANCELLED = 2
const REPLIED = 4

/** The most turns that may be in flight on one lane. */
export const MAX_TURNS = MAX_IN_FLIGHT

/**
 * A mark for each turn in flight on a lane of actors, whose turns interleave. It uses the flags that the contexts of
 * other lanes have. Each side sets a bit of its own and sees the other's in the same step, so a turn is never both
 * passed over and run.
 */
export class TurnMarks {
  readonly #flags: Uint8Array

  /** @param memory That of the lane's marks. */
  constructor(memory: SharedArrayBuffer) {
    this.#flags = new Uint8Array(memory, FLAGS_AT, MAX_IN_FLIGHT)
  }

  /** Supervisor: prepares the mark of a turn that is about to be sent. */
  clear(slot: number): void {
    Atomics.store(this.#flags, slot, 0)
  }

  /** Lane: says that a turn begins; `false` where it must not. */
  begin(slot: number): boolean {
    return (Atomics.or(this.#flags, slot, BEGUN) & CANCELLED) === 0
  }

  /** Lane: says that the reply to a turn has been posted. */
  reply(slot: number): void {
    Atomics.or(this.#flags, slot, REPLIED)
  }

  /** Whether the reply to a turn is there to be heard. */
  hasReplied(slot: number): boolean {
    return (Atomics.load(this.#flags, slot) & REPLIED) !== 0
  }

  /** Whether a turn has begun. */
  hasBegun(slot: number): boolean {
    return (Atomics.load(this.#flags, slot) & BEGUN) !== 0
  }

  /** Supervisor: asks a turn not to begin, or to end; `false` where it had begun already. */
  cancel(slot: number): boolean {
    return (Atomics.or(this.#flags, slot, CANCELLED) & BEGUN) === 0
  }

  /** Whether a turn that runs is asked to end. */
  isCancelled(slot: number): boolean {
    return (Atomics.load(this.#flags, slot) & CANCELLED) !== 0
  }
}
