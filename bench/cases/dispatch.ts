import { bestPeer, type BenchCase } from '../bench-case.ts'
import { openCrowd } from './crowd.ts'

const inFlight = 2_000

/** Tiny contexts, each awaited singly. */
export const dispatch: BenchCase = {
  name: 'dispatch',
  what: 'execute, tiny contexts, 2,000 in flight',
  targets: [
    { what: 'plain shape to the best peer', variant: 'plain', against: bestPeer, atLeast: 20, aim: 40 },
    { what: 'worst shape to the best peer', variant: 'worst', against: bestPeer, atLeast: 10 },
  ],
  open: (settings) => openCrowd({ nested: false, inFlight, contexts: 400_000 }, settings),
}
