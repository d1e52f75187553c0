import type { RoutedContext } from '../../../../src/contract/context.ts'
import type { LaneSetup } from '../../../../src/contract/plan.ts'
import type { Engine, Lane, LaneListener, Sending } from '../../../../src/engine/engine.ts'
import { LaneMarks } from '../../../../src/kernel/lane-marks.ts'
import type { End } from './rules.ts'

const DYING_MS = 10

/** A context that a lane was sent. */
export interface Sent {
  readonly sequence: number
  readonly id: number
}

/** What is told of lanes as it happens. */
export interface LaneWitness {
  sent(ids: readonly number[]): void
  /** The lane's code for a context begins, which has so many attempts behind it. */
  started(id: number, attemptsBefore: number): void
  /** The context that runs is asked to end. */
  aborted(lane: FakeLane): void
  /** The thread is gone; said before anybody else hears of it. */
  gone(lane: FakeLane): void
}

/** A lane that does nothing until it is told to: it holds the real marks, and says what a worker's loop would say. */
export class FakeLane implements Lane {
  readonly worker: number
  readonly threadId: number
  readonly marks = new LaneMarks()
  /** What it was sent and has not come to, in order. */
  pending: Sent[] = []
  running: Sent | undefined
  isKilled = false
  isGone = false
  readonly #listener: LaneListener
  readonly #witness: LaneWitness

  constructor(worker: number, listener: LaneListener, witness: LaneWitness) {
    this.worker = worker
    this.threadId = worker
    this.#listener = listener
    this.#witness = witness
  }

  send(_service: number, first: number, contexts: readonly RoutedContext[]): Sending {
    const sent = contexts.map((context, index) => ({ sequence: (first + index) | 0, id: context['id'] as number }))
    this.pending.push(...sent)
    this.#witness.sent(sent.map(({ id }) => id))
    return { sent: contexts.length }
  }

  /** Whether a context is in flight here and has not been taken back. */
  holds(id: number): boolean {
    if (this.isGone) return false
    return this.running?.id === id || this.pending.some((one) => one.id === id && !this.marks.mustSkip(one.sequence))
  }

  get isIdle(): boolean {
    return !this.isKilled && !this.isGone && this.running === undefined && this.pending.length === 0
  }

  /** Comes to the next context: it starts, or is passed over. */
  step(): void {
    const next = this.pending.shift()
    if (!next) return
    this.marks.start(next.sequence)
    if (this.marks.mustSkip(next.sequence)) {
      this.#listener.message({ type: 'skipped', sequence: next.sequence })
      return
    }
    this.#witness.started(next.id, this.marks.attemptsBefore(next.sequence))
    this.running = next
  }

  /** The context that runs ends: well, or with `troupe`. */
  answer(troupe: End | undefined): void {
    const { sequence, id } = this.running!
    this.running = undefined
    if (!troupe) this.#listener.message({ type: 'value', sequence, value: id })
    else {
      const error = { name: 'TroupeError', message: 'No luck', troupe }
      this.#listener.message({ type: 'failure', sequence, error })
    }
  }

  /** Its thread ends. */
  die(drained = false): void {
    if (this.isGone) return
    this.#witness.gone(this)
    this.isGone = true
    this.#listener.gone({ drained, exitCode: 1, reason: 'exit code 1' })
  }

  awaitRow(): boolean {
    return false
  }

  readRows(): readonly unknown[] {
    return []
  }

  /** It never lies dead, however long a test lets it wait. */
  ask(): void {
    this.#listener.message({ type: 'pong', finished: 0, awaits: true })
  }

  kill(): void {
    this.isKilled = true
    setTimeout(() => this.die(), DYING_MS)
  }

  drain(): void {
    this.isKilled = true
    setTimeout(() => this.die(true), DYING_MS)
  }

  abort(sequence: number): void {
    if (this.running?.sequence === sequence) this.#witness.aborted(this)
  }

  hear(): void {}
  tellActors(): undefined {}
  load(): void {}
  share(): void {}
  hold(): void {}
}

/** Opens fake lanes. */
export class FakeEngine implements Engine {
  readonly #opened: FakeLane[] = []
  readonly #witness: LaneWitness

  constructor(witness: LaneWitness) {
    this.#witness = witness
  }

  get lanes(): readonly FakeLane[] {
    return this.#opened.filter(({ isGone }) => !isGone)
  }

  async open(setup: LaneSetup, listener: LaneListener): Promise<Lane> {
    const lane = new FakeLane(setup.worker, listener, this.#witness)
    this.#opened.push(lane)
    return lane
  }
}
