import { isDeepStrictEqual } from 'node:util'
import type { Context, Outcome, Supervisor } from '../src/index.ts'

/** The same contexts on one worker and on all. */
export interface SpeedUp {
  /** Contexts per second, the median of the rounds. */
  readonly one: number
  readonly all: number
  readonly rounds: number
  /** Whether both gave the same results to the last bit. */
  readonly identical: boolean
}

/**
 * Runs `contexts` through both supervisors, in turn, for some rounds, so that whatever else the machine does falls on
 * both alike. Warm both up first.
 */
export async function measureSpeedUp(
  one: Supervisor,
  all: Supervisor,
  contexts: readonly Context[],
  rounds: number,
): Promise<SpeedUp> {
  const rates: { one: number[]; all: number[] } = { one: [], all: [] }
  let identical = true
  for (let round = 0; round < rounds; round++) {
    const [fromOne, rateOfOne] = await timed(one, contexts)
    const [fromAll, rateOfAll] = await timed(all, contexts)
    rates.one.push(rateOfOne)
    rates.all.push(rateOfAll)
    identical &&= isDeepStrictEqual(fromOne, fromAll)
  }
  return { one: median(rates.one), all: median(rates.all), rounds, identical }
}

async function timed(supervisor: Supervisor, contexts: readonly Context[]): Promise<[Outcome[], number]> {
  const start = performance.now()
  const outcomes = await supervisor.executeMany(contexts)
  return [outcomes, (contexts.length * 1000) / (performance.now() - start)]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}
