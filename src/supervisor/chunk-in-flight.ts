import type { Service } from './service.ts'
import type { Span } from './span.ts'

/** Contexts of one service that crossed together and are not all settled. */
export interface ChunkInFlight {
  readonly service: Service
  readonly size: number
  readonly sentAt: number
  /** When the first of its contexts came, where that is known. */
  readonly putAt: number | undefined
  left: number
  readonly asRows: boolean
  /** Where its contexts went the short way: the span they come from, and their indexes there. */
  readonly span: { readonly span: Span; readonly indexes: readonly number[] } | undefined
}

/** Takes what a chunk has cost into the measures of its service; its lane was free for it at `idleSince`. */
export function measureChunk(chunk: ChunkInFlight, idleSince: number, now: number): void {
  const { service, size, putAt } = chunk
  const began = Math.max(chunk.sentAt, idleSince)
  service.meter.ended(size, putAt === undefined ? undefined : began - putAt, now - began)
  // The lane itself says how long a chunk of rows took.
  if (!chunk.asRows) service.measured((now - began) / size)
}
