import { deserialize } from 'node:v8'
import type { Component } from '../src/component.ts'

/** Where the result is: what `v8.serialize` made of it, in base64. */
interface ReplayConfig {
  readonly result: string
}

/** Returns the same result every time, at no cost: stands in for a component where all but its own work is measured. */
export class Replay implements Component {
  readonly #result: unknown

  constructor(config: ReplayConfig) {
    this.#result = deserialize(Buffer.from(config.result, 'base64'))
  }

  execute(): unknown {
    return this.#result
  }
}
