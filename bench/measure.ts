import { quantile } from '../src/numerics/quantile.ts'
import type { BenchCase, BenchSide, CaseResult } from './bench-case.ts'

/**
 * Runs all sides of a case in one process, each once to warm up and then in turn, round by round; every round begins
 * with another side, so that none always runs on a machine that the same neighbour has warmed.
 */
export async function measure(benchCase: BenchCase, rounds: number): Promise<CaseResult> {
  const open = await benchCase.open()
  const { sides } = open
  try {
    const samples = sides.map((): number[] => [])
    for (const side of sides) await side.run()
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < sides.length; turn++) {
        const at = (round + turn) % sides.length
        samples[at]!.push(await sample(sides[at]!))
      }
    }
    const medians = samples.map((values) => quantile(Float64Array.from(values).sort(), 0.5))
    return {
      name: benchCase.name,
      unit: benchCase.unit,
      sides: sides.map((side, at) => ({
        name: side.name,
        median: medians[at]!,
        min: Math.min(...samples[at]!),
        max: Math.max(...samples[at]!),
        ratio: medians[at]! / medians[0]!,
        samples: samples[at]!,
      })),
    }
  } finally {
    await open.close()
  }
}

async function sample(side: BenchSide): Promise<number> {
  const start = performance.now()
  const units = await side.run()
  return (units * 1000) / (performance.now() - start)
}
