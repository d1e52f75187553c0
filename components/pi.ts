import type { Component, Context, Scope } from '../src/component.ts'
import { count, readFields, type Rule } from './fields/read-fields.ts'

/** Fields of `data`, or of the config where data has them not. */
export type PiInput = {
  /** Points to throw, up to 1e9; 1,000 by default. */
  readonly points?: number
}

/** What `Pi` returns. */
export type PiResult = {
  readonly points: number
  /** How many of them are within the quarter of a circle. */
  readonly inside: number
  /** Four times their share: an estimate of π without bias, of variance π (4 - π) / points. */
  readonly pi: number
}

const rules: Readonly<Record<keyof PiInput, Rule>> = { points: count(1, 1_000_000_000) }

/** Cancellation is looked at once in so many points: a millisecond. */
const pointsPerBlock = 65_536

/** Throws points into a square and counts those in a quarter of a circle: the smallest of simulations. */
export class Pi implements Component {
  readonly #config: PiInput

  constructor(config: PiInput = {}) {
    readFields<PiInput>(rules, { config })
    this.#config = config
  }

  execute(context: Context, scope: Scope): PiResult {
    const { points = 1_000 } = readFields<PiInput>(rules, { data: context.data ?? {}, config: this.#config })
    let inside = 0
    for (let point = 0; point < points; point++) {
      if (point % pointsPerBlock === 0) scope.throwIfCancelled()
      const x = scope.random()
      const y = scope.random()
      if (x * x + y * y < 1) inside++
    }
    return { points, inside, pi: (4 * inside) / points }
  }
}
