import type { ToActors, TurnMessage } from '../../contract/actor-messages.ts'
import type { RoutedContext } from '../../contract/context.ts'
import type { FromLane, ToLane } from '../../contract/messages.ts'
import type { LaneSetup } from '../../contract/plan.ts'
import { LaneMarks } from '../../kernel/lane-marks.ts'
import { LaneLoop } from '../../worker/index.ts'
import type { Lane, LaneEnd, LaneListener, Sending } from '../engine.ts'

/** A lane on the program's own thread. Messages are cloned and delivered later, as a port would. */
export class InlineLane implements Lane {
  readonly worker = 0
  readonly threadId = 0
  readonly marks = new LaneMarks()
  readonly #listener: LaneListener
  readonly #loop: LaneLoop
  #said: FromLane[] = []
  #gone = false

  private constructor(setup: LaneSetup, listener: LaneListener) {
    this.#listener = listener
    this.#loop = new LaneLoop(
      { ...structuredClone(setup), worker: 0 },
      this.marks,
      (message, transfers = []) => this.#say(structuredClone(message, { transfer: [...transfers] })),
      { onDrained: () => this.#end({ drained: true, exitCode: undefined, reason: 'drained' }) },
    )
  }

  static async open(setup: LaneSetup, listener: LaneListener): Promise<InlineLane> {
    const lane = new InlineLane(setup, listener)
    await lane.#loop.start()
    return lane
  }

  send(
    service: number,
    first: number,
    contexts: readonly RoutedContext[],
    asRows: boolean,
    transfers: readonly ArrayBuffer[] = [],
  ): Sending {
    for (let index = 0; index < contexts.length; index++) {
      try {
        const alone = [contexts[index]!]
        const message: ToLane = { type: 'chunk', service, first: first + index, contexts: alone, asRows }
        this.#tell(structuredClone(message, { transfer: [...transfers] }))
      } catch (error) {
        return { sent: index, error }
      }
    }
    return { sent: contexts.length }
  }

  readRows(): readonly unknown[] {
    return []
  }

  awaitRow(): boolean {
    return false
  }

  abort(sequence: number): void {
    this.#tell({ type: 'cancel', sequence })
  }

  tellActors(message: ToActors | TurnMessage, transfers: readonly ArrayBuffer[] = []): { error: unknown } | undefined {
    try {
      const told: ToLane = message.type === 'turn' ? message : { type: 'actors', message }
      this.#tell(structuredClone(told, { transfer: [...transfers] }))
      return undefined
    } catch (error) {
      return { error }
    }
  }

  hear(): void {}

  load(service: number): void {
    this.#tell({ type: 'load', service })
  }

  share(name: string, value: unknown): void {
    this.#tell(structuredClone({ type: 'share', name, value }))
  }

  ask(): void {
    this.#tell({ type: 'ping', pulse: true })
  }

  hold(): void {}

  drain(): void {
    this.#tell({ type: 'drain' })
  }

  /** Lets go of the lane: what it still runs cannot be stopped, but nobody hears of it any more. */
  kill(): void {
    this.#end({ drained: false, exitCode: undefined, reason: 'abandoned' })
  }

  // By the event loop, so that timers and sockets of the program get their turn between contexts.
  #tell(message: ToLane): void {
    setImmediate(() => {
      if (!this.#gone) this.#loop.receive(message)
    })
  }

  #say(message: FromLane): void {
    if (this.#gone) return
    this.#said.push(message)
    if (this.#said.length === 1) queueMicrotask(() => this.#deliver())
  }

  #deliver(): void {
    const said = this.#said
    this.#said = []
    for (const message of said) this.#listener.message(message)
  }

  #end(end: LaneEnd): void {
    if (this.#gone) return
    this.#gone = true
    setImmediate(() => {
      this.#deliver()
      this.#listener.gone(end)
    })
  }
}
