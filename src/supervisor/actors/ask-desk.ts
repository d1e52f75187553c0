import type { ActorAsk } from '../../contract/actor-messages.ts'
import { TroupeError } from '../../contract/errors.ts'
import type { Outcome } from '../../contract/outcome.ts'
import { transfersOf } from '../../contract/transfer.ts'
import { ActorItems } from '../../kernel/actor-stream.ts'
import { toWireError } from '../../kernel/wire-error.ts'
import type { ActorCell, ActorHome } from './actor-cell.ts'
import { deadlock, groupRestarts, noActors } from './actor-errors.ts'
import type { ActorPoolHost } from './actor-pool-host.ts'
import { CallContext } from './call-context.ts'
import { waitCycle } from './deadlock.ts'

/** Serves what actors ask of others, and knows who waits for whom. */
export class AskDesk {
  readonly #host: ActorPoolHost
  #asked = 0

  constructor(host: ActorPoolHost) {
    this.#host = host
  }

  hear(from: ActorCell, { ask, method, context, timeoutMs, deadlineMs }: ActorAsk): void {
    const lane = from.lane!
    const { id } = from
    const answer = (outcome: Outcome) => {
      from.company.waitsFor.delete(ask)
      // The instance that asked may be gone by now.
      if (from.lane !== lane || from.id !== id) return
      this.#answer(lane, ask, outcome)
    }
    try {
      const given =
        method === undefined
          ? context
          : new CallContext(
              context.service_id,
              context['key'] as string,
              `${from.name}-${++this.#asked}`,
              method,
              context.data as readonly unknown[],
            )
      const to = this.#host.cellOf(given)
      if (!to && method !== undefined) throw noActors(context.service_id)
      // Only an actor that handles something now keeps others waiting.
      if (to && (from.turn || from.state === 'starting')) {
        const chain = waitCycle(from, to, awaited)
        if (chain) {
          answer({ ok: false, error: deadlock(chain) })
          return
        }
        from.company.waitsFor.set(ask, { to, answer })
      }
      const options = { ...(timeoutMs !== undefined && { timeoutMs }), ...(deadlineMs !== undefined && { deadlineMs }) }
      this.#host.submit(given, options, answer)
    } catch (error) {
      answer({ ok: false, error: error as never })
    }
  }

  /** Ends what an instance asks that has been stopped: a timer of it may have outlived it. */
  refuse(lane: ActorHome, ask: number): void {
    const error = new TroupeError('ACTOR_STOPPED', 'The instance that asks has been stopped')
    this.#answer(lane, ask, { ok: false, error })
  }

  #answer(lane: ActorHome, ask: number, outcome: Outcome): void {
    if (!outcome.ok) {
      lane.tell({ type: 'answer', ask, outcome: { ok: false, error: toWireError(outcome.error) } })
      return
    }
    const { value } = outcome
    if (value instanceof ActorItems) {
      lane.tell({ type: 'answer', ask, outcome: { ok: true, value: undefined, stream: value.stream } })
      return
    }
    const failed = lane.tell({ type: 'answer', ask, outcome: { ok: true, value } }, transfersOf(value))
    if (failed) lane.tell({ type: 'answer', ask, outcome: { ok: false, error: toWireError(failed.error) } })
  }

  /** What a turn came to, as its caller gets it. */
  unwrap(cell: ActorCell, result: unknown): Outcome {
    const { value, stream } = (result ?? {}) as { readonly value?: unknown; readonly stream?: number }
    if (stream === undefined) return { ok: true, value }
    const call = (method: string, args: readonly unknown[]) => this.call(cell, method, args)
    return { ok: true, value: new ActorItems(stream, call) }
  }

  /** Calls a method of an actor for the program. */
  call({ service, key }: ActorCell, method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const requestId = `${service.plan.id}/${key}-${++this.#asked}`
      this.#host.submit(new CallContext(service.plan.id, key, requestId, method, args), {}, (outcome) => {
        if (outcome.ok) resolve(outcome.value)
        else reject(outcome.error)
      })
    })
  }

  /** Ends what an actor waits for from others that are down, and stay down until it has stopped itself. */
  release(from: ActorCell, isDown: (other: ActorCell) => boolean): void {
    for (const { to, answer } of from.asks?.waitsFor.values() ?? []) {
      if (!to.turn && isDown(to)) answer({ ok: false, error: groupRestarts(to) })
    }
  }

  /** A lane is gone: nobody there waits for anything any more. */
  lost(lane: ActorHome): void {
    for (const cell of lane.cells.values()) cell.asks?.waitsFor.clear()
  }
}

function awaited({ asks }: ActorCell): ActorCell[] {
  return asks ? Array.from(asks.waitsFor.values(), ({ to }) => to) : []
}
