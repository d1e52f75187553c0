/** What the dispatcher knows when it decides how many contexts leave together. */
export interface ChunkSituation {
  /** Contexts of the service that wait. */
  readonly waiting: number
  /** Lanes that take contexts now. */
  readonly lanes: number
  /** Measured milliseconds per context of the service; `undefined` before the first has ended. */
  readonly costMs: number | undefined
  /** Chunks this lane has in flight, and how long it is estimated to be busy with them. */
  readonly chunksInFlight: number
  readonly pendingMs: number
}

/** Contexts of a chunk should take about this long: long enough to share the cost of a crossing, short enough to be fair. */
export const TARGET_MS = 2
/** The most contexts in one chunk. */
export const MAX_CHUNK = 1024
const MAX_CHUNKS_IN_FLIGHT = 2

/**
 * How many contexts of a service leave together for one lane, 0 for none. While its cost is unknown a context travels
 * alone to an idle lane. A second chunk is sent ahead only where the first is short, so that the lane need not wait for
 * the supervisor and no context waits behind a long one while another lane is idle.
 */
export function chunkSize({ waiting, lanes, costMs, chunksInFlight, pendingMs }: ChunkSituation): number {
  if (waiting === 0 || chunksInFlight >= MAX_CHUNKS_IN_FLIGHT) return 0
  if (chunksInFlight > 0 && (costMs === undefined || costMs > TARGET_MS || pendingMs > 2 * TARGET_MS)) return 0
  if (costMs === undefined) return 1
  const fairShare = Math.ceil(waiting / lanes)
  const wanted = costMs > 0 ? Math.floor(TARGET_MS / costMs) : MAX_CHUNK
  return Math.max(1, Math.min(wanted, fairShare, MAX_CHUNK))
}
