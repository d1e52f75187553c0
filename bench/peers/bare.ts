import { Worker } from 'node:worker_threads'
import type { Context } from '../../src/component.ts'
import { checkError, checkValue } from '../drive.ts'
import type { Workload } from '../shapes/compile-shape.ts'
import type { CloneChunk, CloneReply, ColumnChunk, ColumnReply } from './bare-messages.ts'

// More in flight gained nothing.
const chunksInFlight = 4

/** Threads without a pool: the limit. */
export class BareThreads {
  readonly #threads: readonly Worker[]

  constructor(count: number) {
    const script = new URL('./bare-worker.js', import.meta.url)
    this.#threads = Array.from({ length: count }, () => new Worker(script))
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }

  /** Chunks of contexts, as they are. */
  async clone(workload: Workload, contexts: readonly Context[], chunkSize = 1_024): Promise<void> {
    const chunkAt = (from: number): CloneChunk => ({
      type: 'clone',
      from,
      contexts: contexts.slice(from, from + chunkSize),
    })
    await this.#pump(contexts.length, chunkSize, chunkAt, undefined, ({ from, outcomes }: CloneReply) => {
      for (let at = 0; at < outcomes.length; at++) {
        const outcome = outcomes[at]!
        if (outcome.ok) checkValue(workload, contexts[from + at]!, outcome.value)
        else checkError(workload, contexts[from + at]!, outcome)
      }
    })
  }

  /** Chunks by column, written by hand for the plain shape. Results become objects again, as a caller wants them. */
  async columns(workload: Workload, contexts: readonly Context[], chunkSize = 1_024): Promise<void> {
    const chunkAt = (from: number): ColumnChunk => {
      const length = Math.min(chunkSize, contexts.length - from)
      const ids = Array.from<string>({ length })
      const xs = new Float64Array(length)
      for (let at = 0; at < length; at++) {
        const context = contexts[from + at]!
        ids[at] = context.request_id!
        xs[at] = (context.data as { readonly x: number }).x
      }
      return { type: 'columns', from, ids: ids.join('\n'), xs }
    }
    const transfer = ({ xs }: ColumnChunk): readonly ArrayBuffer[] => [xs.buffer as ArrayBuffer]
    await this.#pump(contexts.length, chunkSize, chunkAt, transfer, ({ from, ids, ys, status }: ColumnReply) => {
      const requestIds = ids.split('\n')
      if (requestIds.length !== ys.length) throw new Error('The columns differ in length')
      for (let at = 0; at < ys.length; at++) {
        checkValue(workload, contexts[from + at]!, { request_id: requestIds[at], y: ys[at], status })
      }
    })
  }

  async #pump<Chunk extends { readonly from: number }, Reply>(
    total: number,
    chunkSize: number,
    chunkAt: (from: number) => Chunk,
    transfer: ((chunk: Chunk) => readonly ArrayBuffer[]) | undefined,
    take: (reply: Reply) => void,
  ): Promise<void> {
    let next = 0
    let left = Math.ceil(total / chunkSize)
    const { promise, resolve, reject } = settleable()
    const send = (thread: Worker): void => {
      if (next >= total) return
      const chunk = chunkAt(next)
      next += chunkSize
      thread.postMessage(chunk, transfer?.(chunk) ?? [])
    }
    for (const thread of this.#threads) {
      thread.removeAllListeners('message')
      thread.removeAllListeners('error')
      thread.on('error', reject)
      thread.on('message', (reply: Reply) => {
        // The thread is kept fed before the reply is looked at.
        send(thread)
        try {
          take(reply)
        } catch (error) {
          reject(error)
        }
        if (--left === 0) resolve()
      })
    }
    for (let count = 0; count < chunksInFlight; count++) this.#threads.forEach(send)
    await promise
  }
}

function settleable(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve!: () => void
  let reject!: (error: unknown) => void
  const promise = new Promise<void>((...functions) => ([resolve, reject] = functions))
  return { promise, resolve, reject }
}
