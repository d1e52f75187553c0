import { type FaultAction, type FaultPlan, type FaultPoint, faultPoints } from '../contract/fault-plan.ts'

/**
 * Reads `POINT:N[:ACTION[@POOL]]`, such as `lane:before-reply:3` or `lane:after-reply:1:hang@own`.
 *
 * @throws {TypeError} It names no point, or what cannot happen there.
 */
export function readFaultPlan(text: string | undefined): FaultPlan | undefined {
  if (text === undefined || text === '') return undefined
  const [, point = '', at, action = 'crash', pool] = /^(\w+:[\w-]+):(\d+)(?::(\w+))?(?:@(.+))?$/.exec(text) ?? []
  const actions: readonly string[] = Object.hasOwn(faultPoints, point) ? faultPoints[point as FaultPoint] : []
  if (!actions.includes(action) || Number(at) < 1) {
    const known = Object.entries(faultPoints).map(([name, can]) => `${name}:N:${can.join('|')}`)
    throw new TypeError(
      `TROUPE_FAULT names no fault: ${text}; there are ${known.join(', ')}, each with @POOL if need be`,
    )
  }
  const reached = new Int32Array(new SharedArrayBuffer(4))
  return { text, point: point as FaultPoint, at: Number(at), action: action as FaultAction, pool, reached }
}

/** Counts that `point` is reached; whether the fault is to happen now. */
export function isDue(plan: FaultPlan, point: FaultPoint): boolean {
  return plan.point === point && Atomics.add(plan.reached, 0, 1) + 1 === plan.at
}
