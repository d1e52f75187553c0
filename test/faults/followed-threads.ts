import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach } from 'vitest'

/** The worker threads that this process makes during a test, in order; those of earlier tests are let go of. */
export function followThreads(): readonly Worker[] {
  const threads: Worker[] = []
  const keep = (thread: Worker) => void threads.push(thread)
  beforeEach(() => void process.on('worker', keep))
  afterEach(() => {
    process.off('worker', keep)
    threads.splice(0)
  })
  return threads
}
