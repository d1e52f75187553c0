import { fileURLToPath } from 'node:url'
import { FixedThreadPool } from 'poolifier'
import type { Context } from '../../src/component.ts'
import type { Peer } from './peer.ts'

const script = fileURLToPath(new URL('./poolifier-worker.js', import.meta.url))
const closeMs = 1_000

/** As its README shows it. */
export async function openPoolifier(workers: number): Promise<Peer> {
  const pool = new FixedThreadPool<Context, unknown>(workers, script)
  const close = async (): Promise<void> => {
    // Every now and then it never settles, and keeps no handle either: the process would end in the middle of it.
    let timer: NodeJS.Timeout | undefined
    const tired = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeMs)))
    await Promise.race([pool.destroy(), tired])
    clearTimeout(timer)
  }
  return { name: 'poolifier', pace: 40_000, execute: (context) => pool.execute(context), close }
}
