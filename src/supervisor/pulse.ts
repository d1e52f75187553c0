/** What is seen of a lane with contexts in flight; sequences, and a time in milliseconds. */
export interface LaneSigns {
  readonly now: number
  /** The context whose outcome comes next. */
  readonly head: number
  /** The context that started last. */
  readonly started: number
}

/** What follows: the lane is to be asked whether it still works, or it does not. */
export type PulseVerdict = 'carry on' | 'ask' | 'dead'

const QUIET_MS = 500
const SILENT_MS = 2_000
// A supervisor that was held up itself finds the answer in its port after its first look.
const LEAST_LOOKS = 10

/**
 * Whether a lane still works that has been quiet for long. One whose context runs has every right to be quiet. One that
 * awaits none, while the supervisor awaits an outcome, has lost it and would keep its contexts waiting for ever; so would
 * one that says nothing although nothing runs.
 */
export class Pulse {
  #head = 0
  #started = 0
  #since = -Infinity
  /** Since when the lane has been asked, and about which outcome; until it has answered. */
  #asked: { readonly at: number; readonly head: number; looks: number } | undefined

  /** Takes in what is seen now. */
  feel({ now, head, started }: LaneSigns): PulseVerdict {
    if (head !== this.#head || started !== this.#started) {
      this.#head = head
      this.#started = started
      this.#since = now
    }
    const asked = this.#asked
    if (!asked) {
      if (now - this.#since < QUIET_MS) return 'carry on'
      this.#asked = { at: now, head, looks: 0 }
      return 'ask'
    }
    const nothingRuns = ((started - head) | 0) < 0
    const isSilent = now - Math.max(asked.at, this.#since) >= SILENT_MS && ++asked.looks >= LEAST_LOOKS
    return nothingRuns && isSilent ? 'dead' : 'carry on'
  }

  /**
   * The lane has answered: whether it awaits a context. What it posted before the answer has been heard, so an
   * outcome that was awaited when it was asked, and still is, does not come any more.
   */
  answered(awaits: boolean, { now, head }: LaneSigns): PulseVerdict {
    const asked = this.#asked
    this.#asked = undefined
    this.#since = now
    return !awaits && asked?.head === head ? 'dead' : 'carry on'
  }
}
