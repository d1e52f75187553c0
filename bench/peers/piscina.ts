import { Piscina } from 'piscina'
import type { Peer } from './peer.ts'

const filename = new URL('./piscina-worker.js', import.meta.url).href

/** As its README shows it. */
export async function openPiscina(workers: number): Promise<Peer> {
  const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers })
  return { name: 'Piscina', pace: 20_000, execute: (context) => pool.run(context), close: () => pool.destroy() }
}

/** With many tasks on each worker at a time, and the way of waking it that turned out the fastest with them. */
export async function openTunedPiscina(workers: number): Promise<Peer> {
  const pool = new Piscina({
    filename,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 10_000,
    atomics: 'disabled',
  })
  return { name: 'Piscina, tuned', pace: 40_000, execute: (context) => pool.run(context), close: () => pool.destroy() }
}
