import type { RoutedContext } from '../contract/context.ts'
import type { ChunkMessage, ColumnsMessage } from '../contract/messages.ts'
import { ChunkReader } from '../kernel/columns/column-chunk.ts'
import { CodecsByKey } from '../kernel/columns/shape-codecs.ts'

const codecs = new CodecsByKey()

/** A chunk as the lane takes contexts from it, one by one. */
export interface OpenChunk {
  readonly service: number
  readonly first: number
  readonly size: number
  readonly asRows: boolean
  /** The next context; made only now where the chunk came by column. */
  next(): RoutedContext
}

/** Opens a chunk as it came. */
export function openChunk(message: ChunkMessage | ColumnsMessage): OpenChunk {
  const { service, first, asRows } = message
  if (message.type === 'columns') {
    const reader = new ChunkReader(message.contexts, codecs.get(message.contexts.shape))
    return { service, first, size: reader.count, asRows, next: () => reader.next() as RoutedContext }
  }
  const { contexts } = message
  let taken = 0
  return { service, first, size: contexts.length, asRows, next: () => contexts[taken++]! }
}
