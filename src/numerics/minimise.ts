/** A smooth function at one place: its value, and its gradient written into `gradient`. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number

/** Where a search ended. */
export interface Minimum {
  readonly at: Float64Array
  readonly value: number
  /** Whether the gradient vanished there, or no step could make the value less any more. */
  readonly converged: boolean
}

/**
 * A local minimum by the BFGS method with backtracking: Nocedal and Wright, "Numerical Optimization" (2nd ed., 2006),
 * algorithms 6.1 and 3.1. Ends where no part of the gradient is larger than `tolerance`, or where rounding lets nothing
 * be gained and none is larger than a thousand times as much; scale the function so that its value is about one. Steps to places where the value is not finite are shortened.
 */
export function minimise(objective: Objective, start: Float64Array, tolerance = 1e-9, most = 500): Minimum {
  const size = start.length
  let at = start.slice()
  let gradient = new Float64Array(size)
  let value = objective(at, gradient)
  let inverse = identity(size)
  for (let iteration = 0; iteration < most; iteration++) {
    if (gradient.every((part) => Math.abs(part) <= tolerance)) return { at, value, converged: true }
    let direction = times(inverse, gradient).map((part) => -part)
    let slope = dot(direction, gradient)
    if (!(slope < 0)) {
      inverse = identity(size)
      direction = gradient.map((part) => -part)
      slope = -dot(gradient, gradient)
    }
    const nextGradient = new Float64Array(size)
    // The first step knows nothing of the function's scale.
    let length = iteration === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1
    let next = at
    let nextValue = Infinity
    while (!(nextValue <= value + 1e-4 * length * slope)) {
      if (length < 1e-14) return ended(at, value, gradient, tolerance)
      next = at.map((part, place) => part + length * direction[place]!)
      nextValue = objective(next, nextGradient)
      length /= 2
    }
    // Rounding of the value hides whatever is left to gain.
    if (value - nextValue <= 1e-15 * Math.abs(value)) return ended(next, nextValue, nextGradient, tolerance)
    const step = next.map((part, place) => part - at[place]!)
    const change = nextGradient.map((part, place) => part - gradient[place]!)
    const curvature = dot(step, change)
    if (curvature > 1e-300) inverse = updated(inverse, step, change, curvature)
    at = next
    gradient = nextGradient
    value = nextValue
  }
  return { at, value, converged: false }
}

function ended(at: Float64Array, value: number, gradient: Float64Array, tolerance: number): Minimum {
  return { at, value, converged: gradient.every((part) => Math.abs(part) <= 1e3 * tolerance) }
}

/**
 * The inverse of a symmetric, positive definite matrix, row by row, by its Cholesky factor; `undefined` where it is not
 * positive definite.
 */
export function inverseOf(matrix: Float64Array): Float64Array | undefined {
  const size = Math.sqrt(matrix.length)
  const factor = new Float64Array(matrix.length)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column]!
      for (let place = 0; place < column; place++) rest -= factor[row * size + place]! * factor[column * size + place]!
      if (row === column && !(rest > 0)) return undefined
      factor[row * size + column] = row === column ? Math.sqrt(rest) : rest / factor[column * size + column]!
    }
  }
  const inverse = new Float64Array(matrix.length)
  for (let unit = 0; unit < size; unit++) {
    const solution = new Float64Array(size)
    for (let row = 0; row < size; row++) {
      let rest = row === unit ? 1 : 0
      for (let place = 0; place < row; place++) rest -= factor[row * size + place]! * solution[place]!
      solution[row] = rest / factor[row * size + row]!
    }
    for (let row = size - 1; row >= 0; row--) {
      let rest = solution[row]!
      for (let place = row + 1; place < size; place++) rest -= factor[place * size + row]! * solution[place]!
      const entry = rest / factor[row * size + row]!
      solution[row] = entry
      inverse[row * size + unit] = entry
    }
  }
  return inverse
}

function identity(size: number): Float64Array {
  return new Float64Array(size * size).map((_, place) => (place % (size + 1) === 0 ? 1 : 0))
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, part, place) => sum + part * b[place]!, 0)
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length
  return vector.map((_, row) => dot(matrix.subarray(row * size, (row + 1) * size), vector))
}

/** (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ with ρ = 1 / curvature: their equation 6.17, multiplied out. */
function updated(inverse: Float64Array, step: Float64Array, change: Float64Array, curvature: number): Float64Array {
  const size = step.length
  const moved = times(inverse, change)
  const factor = (1 + dot(change, moved) / curvature) / curvature
  return inverse.map((entry, place) => {
    const row = Math.floor(place / size)
    const column = place % size
    const cross = moved[row]! * step[column]! + step[row]! * moved[column]!
    return entry + factor * step[row]! * step[column]! - cross / curvature
  })
}
