import { bestPeer, bestSide, type SideResult, type Target, type VariantResult, type Verdict } from './bench-case.ts'

interface Finding {
  readonly figure: number
  readonly unit: string
  /** What was measured, and against what. */
  readonly from: string
}

/** What became of a target: the worst of its variants and sides counts. */
export function judge(target: Target, variants: readonly VariantResult[]): Verdict {
  const { what, atLeast, atMost, aim } = target
  const candidates = target.variant === 'worst' ? variants : variants.filter(({ name }) => name === target.variant)
  const findings = candidates.flatMap((variant) => sidesOf(target, variant).map((side) => find(target, variant, side)))
  if (findings.length === 0) throw new Error(`No variant ${target.variant} for the target "${what}"`)
  const worst = findings.reduce((worse, finding) =>
    (atMost === undefined ? finding.figure < worse.figure : finding.figure > worse.figure) ? finding : worse,
  )
  const bound = atLeast ?? atMost
  return {
    what,
    ...worst,
    ...(aim !== undefined && { aim }),
    ...(bound !== undefined && {
      wanted: `${atLeast === undefined ? '≤' : '≥'} ${bound}`,
      reached: worst.figure >= (atLeast ?? -Infinity) && worst.figure <= (atMost ?? Infinity),
    }),
  }
}

function sidesOf({ sides: wanted }: Target, { name, sides }: VariantResult): readonly SideResult[] {
  const found =
    wanted === undefined
      ? sides.filter(({ kind }) => kind === 'troupe').slice(0, 1)
      : sides.filter((side) => wanted.includes(side.name))
  if (found.length < (wanted?.length ?? 1)) throw new Error(`Not all of ${wanted?.join(', ') ?? 'troupe'} in ${name}`)
  return found
}

function find(target: Target, variant: VariantResult, side: SideResult): Finding {
  const measured = [variant.name, side.kind === 'troupe' && target.sides === undefined ? '' : side.name]
  const about = measured.filter((part) => part !== '').join(', ')
  if (target.against === undefined) return { figure: side.median, unit: variant.unit, from: about }
  const reference = referenceOf(target.against, variant)
  const from = `${about}, against ${reference.name}`
  return target.by === 'difference'
    ? { figure: side.median - reference.median, unit: variant.unit, from }
    : { figure: side.median / reference.median, unit: '×', from }
}

function referenceOf(against: string, { name, better, sides }: VariantResult): SideResult {
  const candidates = sides.filter((side) =>
    against === bestPeer ? side.kind === 'peer' : against === bestSide || side.name === against,
  )
  if (candidates.length === 0) throw new Error(`No side ${against} in ${name}`)
  return candidates.reduce((best, side) =>
    (better === 'more' ? side.median > best.median : side.median < best.median) ? side : best,
  )
}
