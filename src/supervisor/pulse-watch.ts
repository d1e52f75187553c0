import { Pulse, type PulseVerdict } from './pulse.ts'
import type { Seat } from './seat.ts'

/** Asks lanes that have been quiet for long whether they still work, and hands those that do not to `lost`. */
export class PulseWatch {
  readonly #pulses = new WeakMap<Seat, Pulse>()
  readonly #lost: (seat: Seat) => void

  constructor(lost: (seat: Seat) => void) {
    this.#lost = lost
  }

  /** Looks at a seat with contexts in flight; often, while there are any. */
  look(seat: Seat, now: number): void {
    if (!seat.ending) this.#act(seat, this.#pulseOf(seat).feel(signsOf(seat, now)))
  }

  /** A lane has answered. */
  answered(seat: Seat, awaits: boolean, now: number): void {
    if (!seat.ending) this.#act(seat, this.#pulseOf(seat).answered(awaits, signsOf(seat, now)))
  }

  #act(seat: Seat, verdict: PulseVerdict): void {
    if (verdict === 'ask') seat.lane?.ask()
    else if (verdict === 'dead') this.#lost(seat)
  }

  #pulseOf(seat: Seat): Pulse {
    const pulse = this.#pulses.get(seat) ?? new Pulse()
    this.#pulses.set(seat, pulse)
    return pulse
  }
}

function signsOf(seat: Seat, now: number) {
  return { now, head: seat.head, started: seat.lane?.marks.started() ?? 0 }
}
