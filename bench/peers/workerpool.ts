import { fileURLToPath } from 'node:url'
import workerpool from 'workerpool'
import type { Peer } from './peer.ts'

const script = fileURLToPath(new URL('./workerpool-worker.js', import.meta.url))

/** As its README shows it, on threads. */
export async function openWorkerpool(workers: number): Promise<Peer> {
  const pool = workerpool.pool(script, { minWorkers: workers, maxWorkers: workers, workerType: 'thread' })
  return {
    name: 'workerpool',
    pace: 15_000,
    execute: (context) => pool.exec('run', [context]) as unknown as PromiseLike<unknown>,
    close: async () => {
      await pool.terminate()
    },
  }
}
