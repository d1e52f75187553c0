import { bestPeer, type BenchCase } from '../bench-case.ts'
import { openCrowd } from './crowd.ts'

/** A million tiny contexts in one call. */
export const many: BenchCase = {
  name: 'many',
  what: 'executeMany of 1,000,000 tiny flat contexts (200,000 of each drawn shape)',
  targets: [
    { what: 'plain shape to the best peer', variant: 'plain', against: bestPeer, atLeast: 60 },
    { what: 'worst shape to the best peer', variant: 'worst', against: bestPeer, atLeast: 30 },
    { what: 'to the bare columnar thread', variant: 'plain', against: 'one bare thread, columns', atLeast: 0.5 },
  ],
  open: (settings) => openCrowd({ nested: false, contexts: 1_000_000 }, settings),
}

/** The same with data that no column fits. */
export const manyNested: BenchCase = {
  name: 'many-nested',
  what: 'executeMany of 200,000 contexts with nested data that no column fits',
  targets: [{ what: 'worst shape to the best peer', variant: 'worst', against: bestPeer, atLeast: 6 }],
  open: (settings) => openCrowd({ nested: true, contexts: 200_000 }, settings),
}
