import type { RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import { transfersOf } from '../contract/transfer.ts'
import { transferProblem } from '../kernel/transfer-problem.ts'
import { findUnclonable } from '../kernel/unclonable.ts'
import { toWireError } from '../kernel/wire-error.ts'
import type { RowSink } from './lane-parts.ts'
import type { ServiceRunner } from './service-runner.ts'
import type { LaneScope } from './worker-scope.ts'

// Where the supervisor finds results by itself, every so many of them are announced all the same.
const HEARD = 64

/**
 * Gets outcomes out of this thread before the next context starts: as a row of the memory that the lane shares with the
 * supervisor, or by a post of their own.
 */
export class OutcomeSender {
  /** When the context that runs began, where its outcome is to say how long it ran. */
  began: number | undefined
  readonly #lane: LaneScope
  readonly #results: RowSink | undefined
  #unannounced = false
  #unsaid = 0
  /** The sequence of the last context whose outcome has left. */
  finished = 0

  constructor(lane: LaneScope, results: RowSink | undefined) {
    this.#lane = lane
    this.#results = results
  }

  /** @param sentId The request id of the context, where the supervisor knows which came. */
  succeed(
    runner: ServiceRunner,
    context: RoutedContext,
    sequence: number,
    value: unknown,
    asRow: boolean,
    sentId: string | undefined,
  ): void {
    if (this.#lane.controllers.size > 0) this.#lane.controllers.delete(sequence)
    const transfers = transfersOf(value)
    if (asRow && !transfers && this.#results?.write(runner.plan.index, sequence, 0, value, sentId)) {
      this.#results.publish()
      this.#unannounced = true
      this.finished = sequence
      return
    }
    try {
      // Asked first, since Node 20 copies what it cannot hand over without a word.
      if (transfers && transferProblem(transfers)) throw new TypeError('A buffer cannot be handed over')
      this.#lane.post({ type: 'value', sequence, value, ms: this.#ranMs() }, transfers)
      this.#left(sequence)
    } catch (cause) {
      this.fail(sequence, this.#notSerializable(runner, context, value, cause))
    }
    runner.lastResult = undefined
  }

  /** Settles a context whose result has to be awaited: by `await`, which calls nothing that a component can replace. */
  async settle(
    runner: ServiceRunner,
    context: RoutedContext,
    sequence: number,
    result: PromiseLike<unknown>,
    asRow: boolean,
    sentId: string | undefined,
  ): Promise<void> {
    let value: unknown
    try {
      value = await result
    } catch (error) {
      this.fail(sequence, error)
      return
    }
    this.succeed(runner, context, sequence, value, asRow, sentId)
  }

  /** Says that a context was passed over. */
  skip(sequence: number): void {
    this.#lane.post({ type: 'skipped', sequence })
    this.#left(sequence)
  }

  fail(sequence: number, error: unknown): void {
    if (this.#lane.controllers.size > 0) this.#lane.controllers.delete(sequence)
    this.#lane.post({ type: 'failure', sequence, error: toWireError(error), ms: this.#ranMs() })
    this.#left(sequence)
  }

  /** Rows before a post are found with it. */
  #left(sequence: number): void {
    this.#results?.pass(sequence)
    this.finished = sequence
    this.#unannounced = false
  }

  #ranMs(): number | undefined {
    return this.began === undefined ? undefined : performance.now() - this.began
  }

  /** Tells the supervisor that there are rows it has not been told of, and at a chunk's end how long it took. */
  announce(service: number, ran: number, ms: number): void {
    if (!this.#unannounced && ran === 0) return
    this.#unannounced = false
    // The supervisor is looking, and is only told now and then how long contexts take.
    this.#unsaid = this.#lane.marks.isHeard() ? this.#unsaid + 1 : 0
    if (this.#unsaid % HEARD === 0) this.#lane.post({ type: 'rows', service, ran, ms })
  }

  #notSerializable(runner: ServiceRunner, context: RoutedContext, value: unknown, cause: unknown): TroupeError {
    const { path, what } = transferProblem(transfersOf(value) ?? []) ?? findUnclonable(value, 'result')
    const about = { serviceId: context.service_id, requestId: context.request_id, cause, details: { path, what } }
    const around = runner.plan.workerMiddleware.length > 0
    if (around && value !== runner.lastResult && clones(runner.lastResult)) {
      const message = `Middleware around ${runner.plan.id} returned what cannot cross a thread: ${path} is ${what}`
      const outcome = runner.wasReached ? 'failed' : 'not_started'
      return new TroupeError('MIDDLEWARE_ERROR', message, { ...about, outcome })
    }
    const message = `Result of ${runner.plan.id} cannot cross a thread: ${path} is ${what}; return plain values`
    return new TroupeError('RESULT_NOT_SERIALIZABLE', message, about)
  }
}

function clones(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
