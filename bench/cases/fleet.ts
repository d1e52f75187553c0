import type { Supervisor } from '../../src/index.ts'
import { BareThreads } from '../peers/bare.ts'
import { openPeers } from '../peers/open-peers.ts'
import type { Peer } from '../peers/peer.ts'
import { openTroupe } from '../peers/troupe.ts'

/** All sides of a case with their workers started, each with as many. */
export interface Fleet {
  readonly supervisor: Supervisor
  readonly peers: readonly Peer[]
  readonly bare: BareThreads
  readonly close: () => Promise<void>
}

export async function openFleet(workers: number, services: readonly string[], bareThreads = 1): Promise<Fleet> {
  const supervisor = await openTroupe(workers, services)
  const peers = await openPeers(workers)
  const bare = new BareThreads(bareThreads)
  return {
    supervisor,
    peers,
    bare,
    close: async () => void (await Promise.all([supervisor, bare, ...peers].map((side) => side.close()))),
  }
}
