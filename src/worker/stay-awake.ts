import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { ToLane } from '../contract/messages.ts'
import type { PollPolicy } from './poll-policy.ts'

// A caller that awaits one call after another sends the next sooner than this. Where it shares this core, it is kept from
// doing so for as long.
const AWAKE_MS = 0.06
// The original: a component may replace the global.
const laterTurn = setImmediate

/**
 * Keeps a lane of actors awake for a while after back-to-back messages, turn by turn of its event loop: replies are
 * posted by promises, and timers and other ports of its actors get their turns, where a loop would keep them all
 * waiting. One message is taken in a turn.
 */
export class StayAwake {
  readonly #port: MessagePort
  readonly #policy: PollPolicy
  readonly #receive: (message: ToLane) => void
  #until = 0
  #isAwake = false

  constructor(port: MessagePort, policy: PollPolicy, receive: (message: ToLane) => void) {
    this.#port = port
    this.#policy = policy
    this.#receive = receive
  }

  /** A message has come. */
  touch(now: number): void {
    this.#policy.idle(now)
    this.#until = now + AWAKE_MS
    if (this.#isAwake || !this.#policy.worthIt) return
    this.#isAwake = true
    laterTurn(() => this.#look())
  }

  #look(): void {
    const received = receiveMessageOnPort(this.#port)
    const now = performance.now()
    if (received) {
      this.#until = now + AWAKE_MS
      this.#receive(received.message as ToLane)
    } else if (now >= this.#until) {
      this.#isAwake = false
      this.#policy.missed()
      return
    }
    laterTurn(() => this.#look())
  }
}
