import type { Component } from '../../src/component.ts'

/** Keeps its lane for a minute. */
export class Block implements Component {
  execute(): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
  }
}
