import type { RoutedContext } from '../contract/context.ts'
import { Fifo } from '../kernel/fifo.ts'
import type { Settle } from './caller.ts'
import { Execution, type ExecutionHost } from './execution.ts'
import { requestIdOf } from './request-ids.ts'
import type { Service } from './service.ts'

/** Whom a span tells of the contexts that settle without an execution. */
export interface SpanHost extends ExecutionHost {
  /**
   * So many contexts of `service` have come to a value, which their caller hears next. `false` where somebody wants to
   * hear of each execution: whoever begins to meanwhile hears of those that come later.
   */
  settledShort(service: Service, count: number): boolean
}

/**
 * Contexts of one batch for one service on the short way: nothing is kept of each but its place in the batch, and an
 * execution is made only of those that anything befalls besides running and coming to a value.
 */
export class Span {
  readonly service: Service
  readonly #contexts: readonly RoutedContext[]
  readonly #host: SpanHost
  readonly #settle: Settle
  /** Those that wait, by their index, behind those that were taken. */
  #indexes: number[] = []
  #taken = 0
  /** When contexts were put in, and how many of those wait. */
  readonly #stamps = new Fifo<{ readonly at: number; left: number }>()

  /** @param contexts Those of the whole batch, by index. */
  constructor(service: Service, contexts: readonly RoutedContext[], host: SpanHost, settle: Settle) {
    this.service = service
    this.#contexts = contexts
    this.#host = host
    this.#settle = settle
  }

  /** How many of its contexts wait for a lane. */
  get waiting(): number {
    return this.#indexes.length - this.#taken
  }

  put(index: number): void {
    this.#indexes.push(index)
  }

  /** The last `count` contexts were put in at `now`. */
  stamp(count: number, now: number): void {
    this.#stamps.push({ at: now, left: count })
  }

  /** When the first context that waits was put in. */
  get firstPutAt(): number | undefined {
    return this.#stamps.at(0)?.at
  }

  /** Takes up to `count` contexts that wait, by their index, in order. */
  take(count: number): number[] {
    const taken = this.#indexes.slice(this.#taken, this.#taken + count)
    this.#taken += taken.length
    // All but a few of a window's are taken before the next come, so that little is moved.
    if (2 * this.#taken >= this.#indexes.length) {
      this.#indexes = this.#indexes.slice(this.#taken)
      this.#taken = 0
    }
    let left = taken.length
    for (let stamp = this.#stamps.at(0); stamp && left >= stamp.left; stamp = this.#stamps.at(0)) {
      left -= stamp.left
      this.#stamps.shift()
    }
    const first = this.#stamps.at(0)
    if (first) first.left -= left
    return taken
  }

  context(index: number): RoutedContext {
    return this.#contexts[index]!
  }

  /** An execution of one of its contexts, which has left the mailbox if it ever was there. */
  execution(index: number): Execution {
    const { limits } = this.service
    const context = this.context(index)
    // The context is the caller's, who has had the time to spoil it; there is nobody here who could be told of that.
    const requestId = requestIdOf(context)
    const execution = new Execution(context, this.service, limits, this.#host, this.#settle, index, requestId)
    execution.holdsPlace = false
    return execution
  }

  /** Contexts came to values: settles their caller. The first is that at `place` in `indexes`. */
  succeed(indexes: readonly number[], place: number, values: readonly unknown[]): void {
    const isShort = this.#host.settledShort(this.service, values.length)
    for (let at = 0; at < values.length; at++) {
      const outcome = { ok: true, value: values[at] } as const
      if (isShort) this.#settle(outcome, indexes[place + at]!)
      else this.execution(indexes[place + at]!).settle(outcome)
    }
  }
}
