/** What the dispatcher knows when it decides how many contexts leave together. */
export interface ChunkSituation {
  /** Contexts of the service that wait. */
  readonly waiting: number
  /** Lanes that take contexts now. */
  readonly lanes: number
  /** Measured milliseconds per context of the service; `undefined` before the first has ended. */
  readonly costMs: number | undefined
}

/** Contexts of a chunk should take about this long: long enough to share the cost of a crossing, short enough to be fair. */
export const TARGET_MS = 2
/** The most contexts in one chunk. */
export const MAX_CHUNK = 1024
const MAX_CHUNKS_IN_FLIGHT = 2
// How long a lane may be busy and yet be sent a chunk ahead; see `takesChunk`.
const AHEAD_MS = 25

/**
 * Whether a lane takes a chunk now: an idle one always, a busy one a second chunk ahead, so that it need not wait for
 * the supervisor. Not behind what takes long or has not been measured; and what waits behind a context that takes longer
 * than was thought can be taken back for a lane that has fallen idle.
 */
export function takesChunk(chunksInFlight: number, pendingMs: number): boolean {
  return chunksInFlight === 0 || (chunksInFlight < MAX_CHUNKS_IN_FLIGHT && pendingMs <= AHEAD_MS)
}

/** How many contexts of a service leave together; one alone while their cost is unknown. */
export function chunkSize({ waiting, lanes, costMs }: ChunkSituation): number {
  if (waiting === 0) return 0
  if (costMs === undefined) return 1
  const fairShare = Math.ceil(waiting / lanes)
  const wanted = costMs > 0 ? Math.floor(TARGET_MS / costMs) : MAX_CHUNK
  return Math.max(1, Math.min(wanted, fairShare, MAX_CHUNK))
}
