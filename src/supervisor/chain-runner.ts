import type { RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { ExecuteOptions } from '../contract/options.ts'
import { describeThrown } from '../kernel/thrown.ts'
import type { Execution } from './execution.ts'
import type { Chain } from '../kernel/chain.ts'
import { composeWatching } from '../kernel/compose-watching.ts'
import type { Watchers } from '../kernel/watchers.ts'
import type { IntakeHost } from './intake-host.ts'
import { ownCopy } from './own-copy.ts'
import { route } from './router.ts'
import type { Service } from './service.ts'
import { SupervisorScope } from './supervisor-scope.ts'
import { promiseTransfers } from './transfers.ts'

type Start = (execution: Execution, routed: RoutedContext) => Promise<unknown>
type Move = (execution: Execution, target: Service, routed: RoutedContext) => Promise<void>

/** Runs supervisor-side middleware around executions, and their runs inside it. */
export class ChainRunner {
  readonly #host: IntakeHost
  readonly #moveTo: Move
  readonly #start: Start

  /**
   * @param moveTo Moves an execution to another service, or throws why it cannot go there.
   * @param start Runs what is inside the middleware: the execution in its pool, unless it stands for something else.
   */
  constructor(host: IntakeHost, moveTo: Move, start?: Start) {
    this.#host = host
    this.#moveTo = moveTo
    this.#start = start ?? ((execution) => this.#enqueueAndAwait(execution))
  }

  /** Runs the middleware around an execution and settles it with what they make of it. */
  run(execution: Execution, options: ExecuteOptions): void {
    try {
      execution.keepOriginal(options)
      // Code of the user's may change what it is given, and the caller's object must not change.
      const context = this.#host.mayMutate(execution.service) ? ownCopy(execution) : execution.context
      Promise.resolve(this.#passChain(execution, context, execution.service.chain!)).then(
        (value) => execution.settle({ ok: true, value }),
        (error: unknown) => execution.settle({ ok: false, error: asTroupeError(execution, error) }),
      )
    } catch (error) {
      execution.settle({ ok: false, error: asTroupeError(execution, error) })
    }
  }

  /** Lets middleware that only look see an execution; `false` where one of them refused it, or it is settled by now. */
  watch(execution: Execution, watchers: Watchers): boolean {
    try {
      const watched = watchers.begin(execution.context, this.#scopeOf(execution))
      if (execution.isSettled) {
        // Whoever heard of its begin has cancelled it.
        const error = execution.error('CANCELLED', 'The execution has settled already')
        watched?.end({ ok: false, error }, execution.service.plan.id, execution.requestId)
        return false
      }
      execution.watched = watched
      return true
    } catch (error) {
      execution.settle({ ok: false, error: asTroupeError(execution, error) })
      return false
    }
  }

  #scopeOf(execution: Execution): SupervisorScope {
    return new SupervisorScope(execution, this.#host)
  }

  #passChain(execution: Execution, context: RoutedContext, chain: Chain): unknown {
    return chain(
      context,
      (routed) => this.#runInside(execution, routed),
      this.#scopeOf(execution),
      execution,
      (routed) => this.#redirect(execution, routed),
    )
  }

  #runInside(execution: Execution, routed: RoutedContext): Promise<unknown> {
    if (execution.isSettled) {
      return Promise.reject(execution.error('CANCELLED', 'The execution has settled already'))
    }
    execution.context = routed
    return this.#start(execution, routed)
  }

  #enqueueAndAwait(execution: Execution): Promise<unknown> {
    const refused = promiseTransfers(execution, execution.context)
    if (refused) return Promise.reject(refused)
    const run = execution.awaitRun()
    this.#host.pool(execution.service).enqueue(execution)
    return run
  }

  /** Sends a context whose service a middleware changed through the target's whole chain, once. */
  async #redirect(execution: Execution, routed: RoutedContext): Promise<unknown> {
    if (execution.isSettled) throw execution.error('CANCELLED', 'The execution has settled already')
    if (execution.redirected) {
      const message = `Middleware sent a context on to ${routed.service_id} that had been sent on to ${execution.service.plan.id} already; a context can be sent on once`
      throw execution.error('MIDDLEWARE_ERROR', message, { outcome: 'not_started' })
    }
    const target = route(this.#host.router, routed)
    await this.#moveTo(execution, target, routed)
    // It may have been settled while it waited for room.
    if (execution.isSettled) throw execution.error('CANCELLED', 'The execution has settled already')
    // They hear what the target's own run comes to, whatever the middleware that sent it there makes of that.
    const chain = target.chain ?? (target.watchers && composeWatching(target.watchers))
    return await (chain ? this.#passChain(execution, routed, chain) : this.#runInside(execution, routed))
  }
}

function asTroupeError(execution: Execution, error: unknown): TroupeError {
  if (error instanceof TroupeError) return error
  const message = `Middleware of ${execution.service.plan.id} failed: ${describeThrown(error).message}`
  return execution.error('MIDDLEWARE_ERROR', message, { cause: error })
}
