import { availableParallelism } from 'node:os'
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { ToLane } from '../contract/messages.ts'
import { ASLEEP, type LaneMarks, POLLING } from '../kernel/lane-marks.ts'
import type { LaneLoop } from './lane-loop.ts'
import { AWAY_MS, POLL_MS, PollPolicy } from './poll-policy.ts'
import { StayAwake } from './stay-awake.ts'
import type { ThreadGuard } from './thread-guard.ts'

// The original: a component may replace the global.
const laterTurn = setImmediate
// How often it looks for rows before it asks for the time and for messages, which costs ten times as much.
const LOOKS = 16

/**
 * Hears what the supervisor says and leaves: by the event of the lane's port, and after back-to-back contexts by asking
 * for a while before it goes back to wait.
 */
export class PortEar {
  readonly #port: MessagePort
  readonly #loop: LaneLoop
  readonly #marks: LaneMarks
  readonly #guard: ThreadGuard
  readonly #policy = new PollPolicy(availableParallelism())
  readonly #awake: StayAwake
  /** Whether a turn of the event loop is being taken in the midst of polling. */
  #pausing = false
  /** Whether the lane is being told something: what it falls idle from then is seen to behind it. */
  #hearing = false

  constructor(port: MessagePort, loop: LaneLoop, marks: LaneMarks, guard: ThreadGuard) {
    this.#port = port
    this.#loop = loop
    this.#marks = marks
    this.#guard = guard
    this.#awake = new StayAwake(port, this.#policy, (message) => this.#heard(() => loop.receive(message)))
  }

  listen(): void {
    this.#port.on('message', (message: ToLane) => {
      // Timers and promises of components may have run since the last message.
      this.#guard.look(undefined, true)
      this.#policy.woken(performance.now())
      this.#heard(() => this.#loop.receive(message))
      if (message.type === 'turn' || message.type === 'actors') this.#awake.touch(performance.now())
      else this.#rest()
    })
    // What the lane did in another turn of its event loop has come to an end.
    this.#loop.onIdle = () => {
      if (this.#hearing || this.#pausing) return
      if (this.#policy.worthIt) this.#pause()
      else this.#sleep()
    }
  }

  /** The lane may have nothing to do: polls, or goes back to wait. A lane at work says when it falls idle. */
  #rest(): void {
    if (this.#pausing || !this.#loop.isIdle) return
    if (this.#policy.worthIt) this.#poll()
    else this.#sleep()
  }

  /** Gives timers and other ports a turn, and goes on polling behind it: until then nobody needs to wake the lane. */
  #pause(): void {
    this.#pausing = true
    this.#attend(POLLING)
    laterTurn(() => {
      this.#guard.look(undefined, true)
      this.#pausing = false
      this.#rest()
    })
  }

  #poll(): void {
    const away = performance.now() + AWAY_MS
    let until = performance.now() + POLL_MS
    this.#attend(POLLING)
    for (let now = 0; now < until; now = performance.now()) {
      if (!this.#hears()) continue
      // What it does now is awaited, or goes on in another turn.
      if (!this.#loop.isIdle) return
      if (performance.now() >= away) {
        this.#pause()
        return
      }
      until = performance.now() + POLL_MS
    }
    this.#policy.missed()
    this.#sleep()
  }

  /** Waits for a message. */
  #sleep(): void {
    this.#policy.idle(performance.now())
    this.#attend(ASLEEP)
    // What was left before the supervisor could know has a turn of its own: this one has lasted long enough.
    if (this.#loop.hasRow) laterTurn(() => this.#loop.goOn())
  }

  #hears(): boolean {
    return this.#heard(() => {
      for (let look = 0; look < LOOKS; look++) if (this.#loop.goOn()) return true
      const received = receiveMessageOnPort(this.#port)
      if (received) this.#loop.receive(received.message as ToLane)
      return received !== undefined
    })
  }

  #heard<Result>(hear: () => Result): Result {
    this.#hearing = true
    const result = hear()
    this.#hearing = false
    return result
  }

  #attend(attention: typeof ASLEEP | typeof POLLING): void {
    this.#loop.isPolled = attention === POLLING
    this.#marks.attend(attention)
  }
}
