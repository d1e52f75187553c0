import { Tinypool } from 'tinypool'
import type { Peer } from './peer.ts'

const filename = new URL('./tinypool-worker.js', import.meta.url).href

/** As its README shows it. */
export async function openTinypool(workers: number): Promise<Peer> {
  const pool = new Tinypool({ filename, minThreads: workers, maxThreads: workers })
  return { name: 'Tinypool', pace: 20_000, execute: (context) => pool.run(context), close: () => pool.destroy() }
}
