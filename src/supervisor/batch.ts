import type { Context } from '../contract/context.ts'
import type { ManyOptions } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Intake } from './intake.ts'
import { ShortWay } from './short-way.ts'
import { createThrottle } from './throttle.ts'

const PROGRESS_INTERVAL_MS = 250
// Enough to keep the lanes of a small machine busy with the largest chunks; more would only be memory.
const WINDOW = 4096
// Middleware on this side keeps some 2 kB for each context until it has settled: with more of them at a time, young
// garbage collections copy them again and again instead of finding them dead.
const WINDOW_WITH_MIDDLEWARE = 1024

/**
 * Runs many contexts with back-pressure; resolves with their outcomes in input order. `contexts` is the batch's own.
 *
 * @param intake The one that accepts now: a reload puts another in its place.
 */
export function runBatch(intake: () => Intake, contexts: Context[], options: ManyOptions): Promise<Outcome[]> {
  const total = contexts.length
  const window = intake().hasMiddleware(contexts[0]) ? WINDOW_WITH_MIDDLEWARE : WINDOW
  // `Array.from` asks its argument for each item, which took a twelfth of the time of quick contexts.
  // oxlint-disable-next-line unicorn/no-new-array
  const outcomes = new Array<Outcome>(total)
  const execution = options.signal ? { signal: options.signal } : {}
  let next = 0
  let settled = 0
  let failed = 0
  const onProgress = options.onProgress && intake().guarded(options.onProgress)
  const progress = onProgress && createThrottle(() => onProgress({ settled, failed, total }), PROGRESS_INTERVAL_MS)
  return new Promise((resolve) => {
    let pumping = false
    const settle = (outcome: Outcome, index: number) => {
      outcomes[index] = outcome
      settled++
      if (!outcome.ok) failed++
      progress?.touch()
      // Refilled when half of the window has settled, so that contexts go in by many and not one by one.
      if (settled === total || next - settled === window >> 1) pump()
    }
    let shortWay: ShortWay | undefined
    const pump = () => {
      if (pumping) return
      pumping = true
      const current = intake()
      if (!options.signal && shortWay?.intake !== current) shortWay = new ShortWay(current, contexts, settle)
      const isOpen = shortWay?.isOpen === true
      while (next < total && next - settled < window) {
        const isTaken = isOpen && shortWay?.put(next) === true
        if (!isTaken && !current.submit(contexts[next]!, execution, settle, next, pump)) break
        next++
      }
      shortWay?.leave()
      pumping = false
      if (settled < total) return
      progress?.end()
      options.signal?.removeEventListener('abort', pump)
      resolve(outcomes)
    }
    // What waits for room hears of the end at once: it is refused when it is submitted.
    options.signal?.addEventListener('abort', pump)
    pump()
  })
}
