import { type FaultAction, type FaultPlan, type FaultPoint, faultPoints } from '../contract/fault-plan.ts'

/**
 * Reads `POINT:N[:ACTION[@POOL]]`, such as `lane:before-reply:3`, `lane:after-reply:1:hang@own` or `journal:sync:2:EIO`.
 *
 * @throws {TypeError} It names no point, or what cannot happen there.
 */
export function readFaultPlan(text: string | undefined): FaultPlan | undefined {
  if (text === undefined || text === '') return undefined
  const [, point = '', at, action = 'crash', pool] = /^(\w+:[\w-]+):(\d+)(?::(\w+))?(?:@(.+))?$/.exec(text) ?? []
  const actions: readonly string[] = Object.hasOwn(faultPoints, point) ? faultPoints[point as FaultPoint] : []
  // Files belong to no pool.
  if (!actions.includes(action) || Number(at) < 1 || (pool !== undefined && /^(?:journal|output):/.test(point))) {
    const known = Object.entries(faultPoints).map(([name, can]) => `${name}:N:${can.join('|')}`)
    throw new TypeError(
      `TROUPE_FAULT names no fault: ${text}; there are ${known.join(', ')}, those of lanes and supervisors with @POOL if need be`,
    )
  }
  const reached = new Int32Array(new SharedArrayBuffer(4))
  return { text, point: point as FaultPoint, at: Number(at), action: action as FaultAction, pool, reached }
}

/** Counts that `point` is reached; whether the fault is to happen now. */
export function isDue(plan: FaultPlan, point: FaultPoint): boolean {
  return plan.point === point && Atomics.add(plan.reached, 0, 1) + 1 === plan.at
}
