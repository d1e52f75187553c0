import { quantile } from '../src/numerics/quantile.ts'
import type { BenchCase, BenchSide, CaseResult, Settings, SideResult, Variant, VariantResult } from './bench-case.ts'
import { judge } from './judge.ts'

/** Runs all variants of a case, and judges them. */
export async function measure(benchCase: BenchCase, settings: Settings): Promise<CaseResult> {
  const started = performance.now()
  const open = await benchCase.open(settings)
  try {
    const variants: VariantResult[] = []
    for (const variant of open.variants) variants.push(await measureVariant(variant, settings.rounds))
    return {
      name: benchCase.name,
      what: benchCase.what,
      variants,
      verdicts: benchCase.targets.map((target) => judge(target, variants)),
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    await open.close()
  }
}

/**
 * Every side once to warm up (workers loaded, code compiled) and then in turn, round by round; every round begins with
 * another side, so that none always runs on a machine that the same neighbour has warmed.
 */
async function measureVariant(variant: Variant, asked: number): Promise<VariantResult> {
  const sides = variant.sides()
  const rounds = variant.rounds?.(asked) ?? asked
  const samples = sides.map((): number[] => [])
  for (let warmUp = 0; warmUp < (variant.warmUps ?? 1); warmUp++) {
    for (const side of sides) await side.sample()
  }
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const at = (round + turn) % sides.length
      samples[at]!.push(await sides[at]!.sample())
    }
  }
  const { name, note, unit, better } = variant
  return {
    name,
    ...(note !== undefined && { note }),
    unit,
    better,
    sides: sides.map((side, at) => summarise(side, samples[at]!)),
  }
}

/** The median and the spread of a side's samples. */
export function summarise({ name, kind }: Omit<BenchSide, 'sample'>, samples: readonly number[]): SideResult {
  const sorted = Float64Array.from(samples).sort()
  return { name, kind, median: quantile(sorted, 0.5), min: sorted[0]!, max: sorted[sorted.length - 1]!, samples }
}

/** Units of work in a second, `units` being what `work` does once. */
export async function perSecond(units: number, work: () => void | Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (units * 1000) / (performance.now() - started)
}

/** What `work` returns, and the seconds of CPU time that it took: what a core does, whoever else wants it. */
export function cpuTimed<Value>(work: () => Value): { readonly value: Value; readonly seconds: number } {
  const before = process.cpuUsage()
  const value = work()
  const { user, system } = process.cpuUsage(before)
  return { value, seconds: (user + system) / 1e6 }
}
