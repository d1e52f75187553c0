import type { StopPlan } from '../contract/experiment-plan.ts'
import { type Moments, standardErrorOf } from './moments.ts'
import { studentHalfWidth } from './student-t.ts'

/** Half the width of the confidence interval of a mean, by Student's t; NaN below two values. */
export function halfWidthOf(moments: Moments, confidence: number): number {
  return moments.count < 2 ? NaN : studentHalfWidth(moments.count - 1, confidence) * standardErrorOf(moments)
}

/** The confidence interval of a mean, `[low, high]`; NaN below two values. */
export function intervalOf(moments: Moments, confidence: number): readonly [low: number, high: number] {
  const half = halfWidthOf(moments, confidence)
  return [moments.mean - half, moments.mean + half]
}

/**
 * Whether a point has enough: judged at the end of each of its blocks, in their order, on the moments of all blocks so
 * far. `replications` are its runs so far that came to a number, whole pairs where there are pairs. Chow and Robbins, "On the Asymptotic Theory of
 * Fixed-Width Sequential Confidence Intervals for the Mean", Ann. Math. Stat. 36 (1965): coverage is the nominal one as
 * the width goes to zero, and somewhat less where few runs suffice, which `minReplications` is for.
 */
export function isSatisfied(rule: NonNullable<StopPlan['interval']>, moments: Moments, replications: number): boolean {
  if (replications < rule.minReplications) return false
  const limit = rule.relative ? rule.halfWidth * Math.abs(moments.mean) : rule.halfWidth
  // Of fewer than two values the half width is NaN, which is never narrow enough.
  return halfWidthOf(moments, rule.confidence) <= limit
}
