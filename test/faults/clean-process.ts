import { createHook } from 'node:async_hooks'
import type { Worker } from 'node:worker_threads'
import { expect } from 'vitest'

const LIMIT_MS = 10_000

/**
 * Runs `body`, then expects that it left nothing in this process: no thread, handle or timer, no name on
 * `Object.prototype`; and that no promise was rejected unheard.
 */
export async function inCleanProcess<Result>(body: () => Promise<Result>): Promise<Result> {
  const threads: Worker[] = []
  const unheard: unknown[] = []
  const keepThread = (thread: Worker) => void threads.push(thread)
  const keepError = (error: unknown) => void unheard.push(error)
  const keepWarning = (warning: Error) => void (warning.name === 'MaxListenersExceededWarning' && unheard.push(warning))
  const names = Reflect.ownKeys(Object.prototype)
  const handles = handlesNow()
  const timers = new Timers()
  process.on('worker', keepThread)
  process.on('unhandledRejection', keepError)
  process.on('uncaughtException', keepError)
  process.on('warning', keepWarning)
  try {
    const result = await body()
    const left = () => [...without(handlesNow(), handles), ...timers.running]
    // Handles are let go of in turns of the event loop that tell nobody.
    const until = performance.now() + LIMIT_MS
    while (left().length > 0 && performance.now() < until) await new Promise((resolve) => setImmediate(resolve))
    expect(left(), 'handles left').toEqual([])
    // A thread that has ended has no id any more.
    expect(threads.filter((thread) => thread.threadId !== -1)).toEqual([])
    // Here and not below, where it would hide why `body` failed.
    expect(unheard, 'errors that nobody heard').toEqual([])
    expect(Reflect.ownKeys(Object.prototype)).toEqual(names)
    return result
  } finally {
    timers.stop()
    process.off('worker', keepThread)
    process.off('unhandledRejection', keepError)
    process.off('uncaughtException', keepError)
    process.off('warning', keepWarning)
  }
}

/** The kinds of handles that are active, but for timers: those of the test runner come and go. */
function handlesNow(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate')
}

function without(kinds: readonly string[], known: readonly string[]): string[] {
  const rest = [...known]
  return kinds.filter((kind) => {
    const index = rest.indexOf(kind)
    if (index >= 0) rest.splice(index, 1)
    return index < 0
  })
}

/** The timers, unref'd ones too, that code other than the test runner's has made and that have not ended. */
class Timers {
  readonly #made = new Map<number, string>()
  readonly #hook = createHook({
    init: (id, type) => {
      const maker = type === 'Timeout' ? makerOf(new Error().stack) : undefined
      if (maker !== undefined) this.#made.set(id, maker)
    },
    destroy: (id) => void this.#made.delete(id),
  }).enable()

  /** Where each was made. */
  get running(): string[] {
    return [...this.#made.values()]
  }

  stop(): void {
    this.#hook.disable()
  }
}

/** The frame that called, unless it is the test runner's; the first lines are this file's and Node's own. */
function makerOf(stack = ''): string | undefined {
  const frame = stack.split('\n').find((line) => line.includes('/') && !/clean-process|node:/.test(line))
  return frame === undefined || /node_modules\/(@vitest|vitest|vite)\//.test(frame) ? undefined : frame.trim()
}
