import type { Context } from '../contract/context.ts'
import type { StreamOptions } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import { Fifo } from '../kernel/fifo.ts'
import { isThenable } from '../kernel/thenable.ts'
import type { Intake } from './intake.ts'
import { createThrottle } from './throttle.ts'

/** An outcome with the place of its context in the source. */
export interface StreamItem {
  readonly index: number
  readonly outcome: Outcome
}

const PROGRESS_INTERVAL_MS = 250
const WINDOW = 2048

/**
 * Runs the contexts of a source and yields their outcomes. No more contexts are taken from the source than a window's
 * worth beyond the outcomes that have been yielded, so a slow reader slows the source down. Leaving the loop cancels
 * what is left. A signal that aborts does too, and what was taken by then is all there will be.
 *
 * @param intake The one that accepts now: a reload puts another in its place.
 */
export async function* streamOutcomes(
  intake: () => Intake,
  source: Iterable<Context> | AsyncIterable<Context>,
  options: StreamOptions,
): AsyncGenerator<StreamItem, void, undefined> {
  const ordered = options.ordered ?? true
  const cancel = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, cancel.signal]) : cancel.signal
  const iterator = iterate(source)
  const ready = new Fifo<StreamItem>()
  const early = new Map<number, Outcome>()
  let taken = 0
  let yielded = 0
  let settled = 0
  let failed = 0
  let sourceEnded = false
  let sourceError: { readonly error: unknown } | undefined
  let wake: () => void = () => {}
  const total = () => (sourceEnded ? taken : undefined)
  const onProgress = intake().guarded(options.onProgress ?? (() => {}))
  const progress = createThrottle(() => onProgress({ settled, failed, total: total() }), PROGRESS_INTERVAL_MS)

  const settle = (outcome: Outcome, index: number) => {
    settled++
    if (!outcome.ok) failed++
    progress.touch()
    if (ordered && index !== yielded + ready.length) early.set(index, outcome)
    else ready.push({ index, outcome })
    for (
      let follower = early.get(yielded + ready.length);
      ordered && follower;
      follower = early.get(yielded + ready.length)
    ) {
      early.delete(yielded + ready.length)
      ready.push({ index: yielded + ready.length, outcome: follower })
    }
    wake()
  }

  // Feeds contexts in for as long as the window allows; woken when an outcome has been taken.
  let feed: () => void = () => {}
  const feeding = (async () => {
    try {
      while (!signal.aborted) {
        if (taken - yielded >= WINDOW) {
          await new Promise<void>((resolve) => (feed = resolve))
          continue
        }
        const step = iterator.next()
        const result: unknown = isThenable(step) ? await step : step
        if (!isResult(result)) throw new TypeError('The source gave no iterator result: next() must return an object')
        const { done, value } = result
        if (done) {
          sourceEnded = true
          break
        }
        // It may have come long after the reader was told that there is no more.
        if (signal.aborted) break
        const index = taken++
        await new Promise<void>((resolve) => {
          let submitted = false
          // Again when there is room, and when the signal aborts: then it is refused at once.
          const attempt = () => {
            if (submitted) return
            submitted = intake().submit(value, { signal }, settle, index, attempt)
            if (!submitted) return
            signal.removeEventListener('abort', attempt)
            resolve()
          }
          signal.addEventListener('abort', attempt)
          attempt()
        })
      }
    } catch (error) {
      sourceError = { error }
      sourceEnded = true
    }
    wake()
  })()
  // The source may keep silent, so it is not waited for.
  signal.addEventListener('abort', () => wake(), { once: true })

  try {
    while (!(sourceEnded || signal.aborted) || yielded < taken) {
      const item = ready.shift()
      if (item) {
        yielded++
        feed()
        yield item
      } else {
        await new Promise<void>((resolve) => (wake = resolve))
      }
    }
    progress.end()
    if (sourceError) throw sourceError.error
  } finally {
    cancel.abort()
    feed()
    // A source that was left early may hold something open. It is not waited for: its `return` may never come back.
    if (!sourceEnded) void leave(iterator).catch(() => {})
    else await feeding
  }
}

/** Anything that `next` returns but an object would be taken for a context that is not there, without end. */
function isResult(value: unknown): value is IteratorResult<Context> {
  return typeof value === 'object' && value !== null
}

/** Asynchronous, so that what `return` throws at once is as little news as what it rejects with. */
async function leave(iterator: Iterator<Context> | AsyncIterator<Context>): Promise<void> {
  await iterator.return?.()
}

function iterate(source: Iterable<Context> | AsyncIterable<Context>): Iterator<Context> | AsyncIterator<Context> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
}
