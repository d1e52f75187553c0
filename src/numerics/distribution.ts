import type { Distribution } from '../contract/experiment-plan.ts'
import { normalQuantile } from './normal-distribution.ts'

/** Half a cell of a Sobol' sequence, whose first point is zero, where a normal number would be infinite. */
const lowest = 1.1641532182693481e-10

/** The value at `share`, in [0, 1), of a distribution: the inverse of its distribution function. */
export function valueAt(distribution: Distribution, share: number): unknown {
  switch (distribution.kind) {
    case 'uniform':
      return between(distribution.from, distribution.to, share)
    case 'logUniform': {
      const [from, to] = [Math.log(distribution.from), Math.log(distribution.to)]
      // Rounding may lead beyond the ends.
      return Math.min(Math.max(Math.exp(between(from, to, share)), distribution.from), distribution.to)
    }
    case 'integer': {
      const { from, to } = distribution
      return Math.min(from + Math.floor(share * (to - from + 1)), to)
    }
    case 'normal':
      return distribution.mean + distribution.sd * normalQuantile(share === 0 ? lowest : share)
    case 'choice': {
      const { values } = distribution
      return values[Math.min(Math.floor(share * values.length), values.length - 1)]
    }
  }
}

/** Without the difference of the ends, which may be beyond what a double holds. */
function between(from: number, to: number, share: number): number {
  return Math.min(from * (1 - share) + to * share, to)
}
