import { QuantileSketch, sketchAccuracy, type SketchRecord } from '../../../numerics/quantile-sketch.ts'

/** A bar of a histogram. */
export interface DensityBin {
  readonly from: number
  readonly to: number
  /** Share of all values, a unit of the value. */
  readonly density: number
}

/** A histogram whose bars have one width. */
export interface Density {
  readonly bins: readonly DensityBin[]
  /** The share of values that are exactly 0, which are in no bar: a bar would show a peak of any height. */
  readonly zeroShare: number
  /** The share of values beyond the bars, on both sides together. */
  readonly beyond: number
}

/** From so many values on, the few that are far out would leave no room for the others. */
const mostWhole = 2000

/** As in the sketch: class i holds values in (γ^(i-1), γ^i]. */
const gamma = (1 + sketchAccuracy) / (1 - sketchAccuracy)
const logGamma = Math.log(gamma)

/**
 * The histogram of a sketch, where there are many values between its quantiles at 0.001 and 0.999: the values of a class,
 * which is 0.2 % wide, are spread evenly over it. `undefined` if all values are 0, there are none, or they span more than
 * a number can hold or next to nothing.
 */
export function densityOf(record: SketchRecord): Density | undefined {
  const classes = classesOf(record)
  const total = classes.reduce((sum, { values }) => sum + values, record.zeros)
  if (classes.length === 0) return undefined
  const count = barsFor(total - record.zeros)
  const sketch = QuantileSketch.fromRecord({ ...record, zeros: 0 })
  const tail = total < mostWhole ? 0 : 0.001
  const [low, high] = extent(sketch.quantile(tail), sketch.quantile(1 - tail), count)
  const width = (high - low) / count
  // Of a width near the least number, the density would be beyond the greatest.
  if (!(width > 1e-300 && width < Infinity)) return undefined
  const shares = Array.from({ length: count }, () => 0)
  for (const { from, to, values } of classes) {
    const first = Math.max(Math.floor((from - low) / width), 0)
    const last = Math.min(Math.floor((to - low) / width), count - 1)
    for (let bin = first; bin <= last; bin++) {
      const overlap = Math.min(to, low + (bin + 1) * width) - Math.max(from, low + bin * width)
      if (overlap > 0) shares[bin]! += (values / total) * (overlap / (to - from))
    }
  }
  const zeroShare = record.zeros / total
  return {
    bins: shares.map((share, bin) => ({
      from: low + bin * width,
      to: low + (bin + 1) * width,
      density: share / width,
    })),
    zeroShare,
    beyond: Math.max(1 - zeroShare - shares.reduce((sum, share) => sum + share, 0), 0),
  }
}

/** The Rice rule, within what can be drawn. */
function barsFor(values: number): number {
  return Math.min(Math.max(Math.ceil(2 * Math.cbrt(values)), 8), 60)
}

interface SketchClass {
  readonly from: number
  readonly to: number
  readonly values: number
}

function classesOf({ positive, negative }: SketchRecord): readonly SketchClass[] {
  const classes: SketchClass[] = []
  for (let at = 0; at < positive.length; at += 2) {
    const to = Math.exp(positive[at]! * logGamma)
    classes.push({ from: to / gamma, to, values: positive[at + 1]! })
  }
  for (let at = 0; at < negative.length; at += 2) {
    const from = -Math.exp(negative[at]! * logGamma)
    classes.push({ from, to: from / gamma, values: negative[at + 1]! })
  }
  return classes
}

/** The bars' ends. Values that are all but one still get bars that can be seen. */
function extent(low: number, high: number, count: number): readonly [low: number, high: number] {
  const least = Math.max(Math.abs(low), Math.abs(high)) * sketchAccuracy * count
  const missing = Math.max(least - (high - low), 0)
  return [low - missing / 2 - (high - low) * 1e-3, high + missing / 2 + (high - low) * 1e-3]
}
