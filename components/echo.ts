import type { Component, Context } from '../src/component.ts'

/** Returns `{ echo: data }`: for first steps, and for asking whether workers answer. */
export class Echo implements Component {
  execute(context: Context): { readonly echo: unknown } {
    return { echo: context.data }
  }
}
