import type { MessagePort } from 'node:worker_threads'
import type { LaneSetup } from './plan.ts'

/** What the supervisor hands over to a thread to start a lane there. */
export interface LaneLease {
  readonly port: MessagePort
  readonly memory: SharedArrayBuffer
  readonly contexts: SharedArrayBuffer
  readonly results: SharedArrayBuffer
  /** Goes before each message of the lane, so that the supervisor can tell it from a component's; nobody else knows it. */
  readonly seal: number
  readonly setup: LaneSetup
}
