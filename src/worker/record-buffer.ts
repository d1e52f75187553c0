import type { LogLevel } from '../contract/log.ts'
import type { RecordsMessage } from '../contract/messages.ts'
import type { LaneMarks } from '../kernel/lane-marks.ts'
import { toWireError } from '../kernel/wire-error.ts'

const BATCH = 64
const HELD = 1024
const BATCHES_IN_FLIGHT = 16
const BEHIND_MS = 5

type CrossingRecord = RecordsMessage['records'][number]

/**
 * Collects log records and posts them in batches. The supervisor counts the batches it has written in shared memory, so
 * a component that logs without end fills this buffer and not the supervisor's memory: what finds no room is counted.
 */
export class RecordBuffer {
  readonly #marks: LaneMarks
  readonly #post: (message: RecordsMessage) => void
  #records: CrossingRecord[] = []
  #dropped = 0
  #posted = 0
  #scheduled = false

  constructor(marks: LaneMarks, post: (message: RecordsMessage) => void) {
    this.#marks = marks
    this.#post = post
  }

  push(
    level: LogLevel,
    fields: Readonly<Record<string, unknown>>,
    message: string,
    service: number,
    requestId: string,
  ): void {
    if (this.#records.length >= HELD) {
      this.flush()
      if (this.#records.length >= HELD) {
        this.#dropped++
        return
      }
    }
    this.#records.push({
      level,
      time: Date.now(),
      message: String(message),
      fields: snapshot(fields),
      service,
      requestId,
    })
    if (this.#records.length >= BATCH) this.flush()
    else this.#flushSoon()
  }

  /** Posts what is collected, unless the supervisor is far behind; `force` posts all the same, for a lane that ends. */
  flush(force = false): void {
    if (this.#records.length === 0 && this.#dropped === 0) return
    if (!force && this.#posted - this.#marks.recordsTaken() >= BATCHES_IN_FLIGHT) {
      this.#flushLater()
      return
    }
    const message: RecordsMessage = { type: 'records', records: this.#records, dropped: this.#dropped }
    this.#records = []
    this.#dropped = 0
    this.#posted++
    this.#post(message)
  }

  /** Asks again when the supervisor has had time to write some; asking at once would only burn the core. */
  #flushLater(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setTimeout(() => {
      this.#scheduled = false
      this.flush()
    }, BEHIND_MS)
  }

  #flushSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.flush()
    })
  }
}

/** The fields as they are now: a component may change them before the batch leaves, and errors lose theirs in a clone. */
function snapshot(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const key of Object.keys(fields)) {
    const value = fields[key]
    if (typeof value !== 'object' || value === null) {
      kept[key] = typeof value === 'function' || typeof value === 'symbol' ? String(value) : value
    } else if (value instanceof Error) {
      kept[key] = toWireError(value)
    } else {
      try {
        kept[key] = structuredClone(value)
      } catch {
        kept[key] = '[not serializable]'
      }
    }
  }
  return kept
}
