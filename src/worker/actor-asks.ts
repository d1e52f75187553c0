import type { AskAnswer, FromActors } from '../contract/actor-messages.ts'
import type { Context } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { ExecuteOptions } from '../contract/options.ts'
import { transfersOf } from '../contract/transfer.ts'
import { ActorItems } from '../kernel/actor-stream.ts'
import { transferProblem } from '../kernel/transfer-problem.ts'
import { findUnclonable } from '../kernel/unclonable.ts'
import { fromWireError } from '../kernel/wire-error.ts'

interface Ask {
  readonly actor: number
  readonly context: Context
  resolve(value: unknown): void
  reject(error: Error): void
}

/** What actors of this lane have asked of others and are waiting for; the supervisor answers each, or ends the lane. */
export class ActorAsks {
  readonly #post: (message: FromActors, transfers?: readonly ArrayBuffer[]) => void
  readonly #open = new Map<number, Ask>()
  #asked = 0

  constructor(post: (message: FromActors, transfers?: readonly ArrayBuffer[]) => void) {
    this.#post = post
  }

  /** Calls a method of the actor that a context names, or runs the context as it is. */
  call(
    actor: number,
    context: Context,
    method: string | undefined,
    { timeoutMs, deadlineMs }: Pick<ExecuteOptions, 'timeoutMs' | 'deadlineMs'> = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ask = ++this.#asked
      const transfers = method === undefined ? transfersOf(context) : argumentTransfers(context.data as unknown[])
      try {
        if (transfers && transferProblem(transfers)) throw new TypeError('A buffer cannot be handed over')
        this.#post({ type: 'ask', ask, actor, method, context, timeoutMs, deadlineMs }, transfers)
      } catch (cause) {
        reject(notSerializable(context, transfers, cause))
        return
      }
      this.#open.set(ask, { actor, context, resolve, reject })
    })
  }

  answer({ ask, outcome }: AskAnswer): void {
    const open = this.#open.get(ask)
    this.#open.delete(ask)
    if (!open) return
    if (!outcome.ok) open.reject(fromWireError(outcome.error))
    else if (outcome.stream === undefined) open.resolve(outcome.value)
    else {
      const { actor, context } = open
      const call = (method: string, args: readonly unknown[]) => this.call(actor, { ...context, data: args }, method)
      open.resolve(new ActorItems(outcome.stream, call))
    }
  }
}

/** The buffers that the arguments of a call were marked to hand over. */
function argumentTransfers(args: readonly unknown[]): readonly ArrayBuffer[] | undefined {
  const buffers = args.flatMap((arg) => transfersOf(arg) ?? [])
  return buffers.length > 0 ? buffers : undefined
}

function notSerializable(context: Context, transfers: readonly ArrayBuffer[] | undefined, cause: unknown): TroupeError {
  const { path, what } = transferProblem(transfers ?? []) ?? findUnclonable(context, 'context')
  const message = `What an actor asks of ${context.service_id} cannot cross a thread: ${path} is ${what}; pass plain values`
  return new TroupeError('INPUT_NOT_SERIALIZABLE', message, { cause, details: { path, what } })
}
