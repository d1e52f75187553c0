import type { RunLayout } from '../contract/experiment-plan.ts'
import type { BlockRecord } from '../numerics/block-record.ts'
import { blocksPerPoint } from '../numerics/run-layout.ts'
import type { JournalEntry } from './journal/journal-entry.ts'

/**
 * The blocks of a journal that count, in their order. They were written in nearly that order, so few have to be kept
 * until their turn comes.
 *
 * @param counted How many blocks of a point count.
 */
export async function* countedBlocks(
  entries: AsyncIterable<JournalEntry>,
  layout: RunLayout,
  counted: (point: number) => number,
): AsyncGenerator<BlockRecord, void> {
  const perPoint = blocksPerPoint(layout)
  const waiting = new Map<number, BlockRecord>()
  const countsFrom = (index: number): number => {
    let next = index
    while (next < layout.points * perPoint && next % perPoint >= counted(Math.floor(next / perPoint)))
      next = (Math.floor(next / perPoint) + 1) * perPoint
    return next
  }
  let next = countsFrom(0)
  function* inOrder(): Generator<BlockRecord, void> {
    for (let found = waiting.get(next); found !== undefined; found = waiting.get(next)) {
      waiting.delete(next)
      yield found
      next = countsFrom(next + 1)
    }
  }
  // Those whose failed runs are run again count as they are where they do not follow.
  const aside = new Map<number, BlockRecord>()
  for await (const entry of entries) {
    if (entry.type === 'end') continue
    const { block } = entry
    if (block.index < next || block.index % perPoint >= counted(Math.floor(block.index / perPoint))) continue
    if (entry.type === 'aside') aside.set(block.index, block)
    else {
      aside.delete(block.index)
      waiting.set(block.index, block)
      yield* inOrder()
    }
  }
  for (const [index, block] of aside) waiting.set(index, block)
  yield* inOrder()
}
