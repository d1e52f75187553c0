import type { Scope } from '../../src/component.ts'

/** Cancellation is looked at, and progress reported, once in about this many steps: a millisecond. */
const stepsPerBlock = 65_536

/** Calls `work` with 0 … count - 1, each of some steps. */
export function inBlocks(count: number, steps: number, scope: Scope, work: (index: number) => void): void {
  const perBlock = Math.max(1, Math.floor(stepsPerBlock / steps))
  for (let start = 0; start < count; start += perBlock) {
    scope.throwIfCancelled()
    const end = Math.min(start + perBlock, count)
    for (let index = start; index < end; index++) work(index)
    scope.progress(end / count)
  }
}
