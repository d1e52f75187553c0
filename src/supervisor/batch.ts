import type { Context } from '../contract/context.ts'
import type { ManyOptions } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Intake } from './intake.ts'
import { createThrottle } from './throttle.ts'

const PROGRESS_INTERVAL_MS = 250
// Enough to keep every lane busy with the largest chunks; more would only be memory.
const WINDOW = 8192

/** Runs many contexts with back-pressure; resolves with their outcomes in input order. */
export function runBatch(intake: Intake, contexts: readonly Context[], options: ManyOptions): Promise<Outcome[]> {
  const total = contexts.length
  const outcomes = Array.from<Outcome>({ length: total })
  const execution = options.signal ? { signal: options.signal } : {}
  let next = 0
  let settled = 0
  let failed = 0
  const onProgress = intake.guarded(options.onProgress ?? (() => {}))
  const progress = createThrottle(() => onProgress({ settled, failed, total }), PROGRESS_INTERVAL_MS)
  return new Promise((resolve) => {
    let pumping = false
    const pump = () => {
      if (pumping) return
      pumping = true
      while (next < total && next - settled < WINDOW) {
        const context = contexts[next]!
        if (!intake.hasRoom(context)) {
          intake.whenRoom(context, pump)
          break
        }
        const index = next++
        intake.submit(context, execution, (outcome) => {
          outcomes[index] = outcome
          settled++
          if (!outcome.ok) failed++
          progress.touch()
          // Refilled when half of the window has settled, so that contexts go in by many and not one by one.
          if (settled === total || next - settled === WINDOW >> 1) pump()
        })
      }
      pumping = false
      if (settled < total) return
      progress.end()
      resolve(outcomes)
    }
    pump()
  })
}
