import { isDeepStrictEqual } from 'node:util'
import type { When } from '../contract/plan.ts'
import { hasPath, readPath } from '../kernel/own-path.ts'

/** Whether the condition of a step holds for a context. Comparisons hold for two numbers only. */
export function holds(when: When, context: object): boolean {
  const value = readPath(context, when.path)
  if (Object.hasOwn(when, 'equals')) return isDeepStrictEqual(value, when.equals)
  if (when.in !== undefined) return when.in.some((one) => isDeepStrictEqual(value, one))
  if (when.exists !== undefined) return hasPath(context, when.path) === when.exists
  if (when.gt !== undefined) return typeof value === 'number' && value > when.gt
  return when.lt !== undefined && typeof value === 'number' && value < when.lt
}
