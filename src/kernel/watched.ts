import { type TroupeError, isTroupeError } from '../contract/errors.ts'
import type { Outcome } from '../contract/outcome.ts'
import { watchFailed } from './watch-failed.ts'
import { addSuppressed } from './thrown.ts'
import { type NamedWatch, timeOf } from './watching.ts'

/** A middleware that looks at an execution, and those around it that do. A closure for each would take more room. */
export class Watched {
  readonly #entry: NamedWatch
  readonly #seen: unknown
  readonly #around: Watched | undefined
  readonly #began: number

  constructor(entry: NamedWatch, seen: unknown, around: Watched | undefined) {
    this.#entry = entry
    this.#seen = seen
    this.#around = around
    this.#began = around && sharesClock(around.#entry, entry) ? around.#began : timeOf(entry.watch)
  }

  /** Tells all how it ended, the innermost first. Returns that; or where one of them throws, the error of this. */
  end(outcome: Outcome, serviceId: string, requestId: string): Outcome {
    let inner = this.#entry
    let ms = timeOf(inner.watch) - this.#began
    let ended = this.#hear(outcome, ms, serviceId, requestId)
    for (let outer = this.#around; outer; outer = outer.#around) {
      const entry = outer.#entry
      if (!sharesClock(inner, entry)) ms = timeOf(entry.watch) - outer.#began
      inner = entry
      ended = outer.#hear(ended, ms, serviceId, requestId)
    }
    return ended
  }

  #hear(ended: Outcome, ms: number, serviceId: string, requestId: string): Outcome {
    const { name, watch } = this.#entry
    try {
      watch.end?.(this.#seen, ended, ms)
      return ended
    } catch (thrown) {
      return { ok: false, error: afterThrow(name, ended, thrown, serviceId, requestId) }
    }
  }
}

function sharesClock(one: NamedWatch, other: NamedWatch): boolean {
  return one.watch.now === other.watch.now
}

/** As for any middleware: what it throws behind a result fails the execution, and behind an error stands beside that. */
function afterThrow(name: string, ended: Outcome, thrown: unknown, serviceId: string, requestId: string): TroupeError {
  if (ended.ok) return watchFailed(name, 'after', thrown, serviceId, requestId)
  return isTroupeError(ended.error) ? addSuppressed(ended.error, name, thrown) : ended.error
}
