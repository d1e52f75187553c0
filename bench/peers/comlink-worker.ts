import { type MessagePort, workerData } from 'node:worker_threads'
import { expose } from 'comlink'

// A thread exposed by Comlink as its README shows it: one object, and a map of them by key.

const counts = new Map<string, number>()
let count = 0

const tally = {
  increment: (by: number): number => (count += by),
  incrementAt(key: string, by: number): number {
    const next = (counts.get(key) ?? 0) + by
    counts.set(key, next)
    return next
  },
}

/** What the thread exposes. */
export type RemoteTally = typeof tally

expose(tally, workerData as MessagePort as never)
