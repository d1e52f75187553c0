import type { Component, Context, Scope } from '../../src/component.ts'

/** As little as a run of an experiment can be: one random number. */
export class Trivial implements Component {
  execute(_context: Context, scope: Scope): { readonly x: number } {
    return { x: scope.random() }
  }
}
