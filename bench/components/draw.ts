import type { Context, Scope } from '../../src/component.ts'

/** A run of an experiment that costs next to nothing: one random number. */
export class Draw {
  execute(_context: Context, scope: Scope): { readonly x: number } {
    return { x: scope.random() }
  }
}
