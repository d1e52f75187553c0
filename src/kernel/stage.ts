/**
 * Which part of an execution runs, as one number that fits a slot of shared memory: 0 the component (or its first
 * step), 2i + 1 the part of the i-th middleware before `next`, 2i + 2 the part after it, -1 loading, and -2 - i step i.
 */
export type Stage = number

export const COMPONENT: Stage = 0
export const LOADING: Stage = -1

/** The stage of step `index` of a service. */
export function stepStage(index: number): Stage {
  return -2 - index
}

/** Such as `middleware:auth.before`, `step:simulate`, `loading` or `component`. */
export function stageName(stage: Stage, middleware: readonly string[], steps: readonly string[]): string {
  if (stage === LOADING) return 'loading'
  if (stage < LOADING) return `step:${steps[-2 - stage] ?? -2 - stage}`
  if (stage === COMPONENT) return 'component'
  const name = middleware[(stage - 1) >> 1] ?? (stage - 1) >> 1
  return `middleware:${name}.${stage % 2 === 1 ? 'before' : 'after'}`
}
