import { MessageChannel, Worker } from 'node:worker_threads'
import { type Remote, wrap } from 'comlink'
import type { RemoteTally } from './comlink-worker.ts'

/** A bare thread, called through Comlink: no pool, no mailbox, and a call that never ends where the thread has. */
export class ComlinkThread {
  readonly tally: Remote<RemoteTally>
  readonly #thread: Worker

  constructor() {
    const { port1, port2 } = new MessageChannel()
    const script = new URL('./comlink-worker.js', import.meta.url)
    this.#thread = new Worker(script, { workerData: port2, transferList: [port2] })
    port1.unref()
    this.tally = wrap<RemoteTally>(port1 as never)
  }

  async close(): Promise<void> {
    await this.#thread.terminate()
  }
}
