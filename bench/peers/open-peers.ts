import type { Peer } from './peer.ts'
import { openPiscina, openTunedPiscina } from './piscina.ts'
import { openPoolifier } from './poolifier.ts'
import { openTinypool } from './tinypool.ts'
import { openWorkerpool } from './workerpool.ts'

/** All peers, each with as many workers. */
export async function openPeers(workers: number): Promise<readonly Peer[]> {
  const openers = [openPiscina, openTunedPiscina, openTinypool, openWorkerpool, openPoolifier]
  return await Promise.all(openers.map((open) => open(workers)))
}
