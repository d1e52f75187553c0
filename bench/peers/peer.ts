import type { Execute } from '../drive.ts'

/** A pool of threads with its workers started. */
export interface Peer {
  readonly name: string
  /** About how many tiny contexts it gets through in a second: sizes its share of the work, so that no side takes all the time. */
  readonly pace: number
  readonly execute: Execute
  close(): Promise<void>
}
