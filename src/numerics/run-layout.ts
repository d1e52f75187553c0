import type { RunLayout } from '../contract/experiment-plan.ts'
import { mirrored, type RandomStream, streamOfSeed } from './random-stream.ts'

// Runs are numbered point by point, replications of a point in order; blocks likewise, each within one point.

/** Where a run belongs. */
export interface RunPlace {
  readonly point: number
  readonly replication: number
}

/** Consecutive runs of one point, `to` excluded. */
export interface Block {
  readonly index: number
  readonly point: number
  /** Its place among the blocks of its point. */
  readonly ordinal: number
  readonly from: number
  readonly to: number
}

/** The size of blocks where none is given: some 64 of them to a point, whole pairs where there are pairs. */
export function defaultBlockSize(replications: number, antithetic: boolean): number {
  const size = Math.min(Math.max(Math.ceil(replications / 64), 1), 4096)
  return antithetic ? size + (size % 2) : size
}

/** How many runs there are if none is stopped. */
export function runsOf({ points, replications }: RunLayout): number {
  return points * replications
}

/** The point and the replication of a run. */
export function placeOfRun({ replications }: RunLayout, run: number): RunPlace {
  return { point: Math.floor(run / replications), replication: run % replications }
}

/** The number of a run. */
export function runAt({ replications }: RunLayout, { point, replication }: RunPlace): number {
  return point * replications + replication
}

/** How many blocks each point has. */
export function blocksPerPoint({ replications, blockSize }: RunLayout): number {
  return Math.ceil(replications / blockSize)
}

/** A block by its number. */
export function blockAt(layout: RunLayout, index: number): Block {
  const perPoint = blocksPerPoint(layout)
  const point = Math.floor(index / perPoint)
  const ordinal = index % perPoint
  const first = point * layout.replications
  return {
    index,
    point,
    ordinal,
    from: first + ordinal * layout.blockSize,
    to: first + Math.min((ordinal + 1) * layout.blockSize, layout.replications),
  }
}

/** The number of the block that a run is in. */
export function blockOfRun(layout: RunLayout, run: number): number {
  const { point, replication } = placeOfRun(layout, run)
  return point * blocksPerPoint(layout) + Math.floor(replication / layout.blockSize)
}

/** Which of the seed's streams a run draws from, and whether it is the mirrored member of its pair. */
export function streamNumberOf(
  layout: RunLayout,
  run: number,
): { readonly stream: number; readonly isMirrored: boolean } {
  const number = layout.commonRandomNumbers ? run % layout.replications : run
  // Replications are even where there are pairs: a pair begins at an even number in either numbering.
  const isMirrored = layout.antithetic && number % 2 === 1
  return { stream: isMirrored ? number - 1 : number, isMirrored }
}

/** The random numbers of a run: they depend on the seed, the layout and the number of the run alone. */
export function streamOfRun(layout: RunLayout, seed: number, run: number): RandomStream {
  const { stream, isMirrored } = streamNumberOf(layout, run)
  const own = streamOfSeed(seed, stream)
  return isMirrored ? mirrored(own) : own
}

/** The random numbers of an experiment's preparation, which are those of no run: runs have no negative number. */
export function streamOfPreparation(seed: number): RandomStream {
  return streamOfSeed(seed, -1)
}
