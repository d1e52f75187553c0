import type { ExecuteOptions } from '../contract/options.ts'
import type { Service } from './service.ts'

/** What bounds an execution, in milliseconds; `deadlineAt` is a time of the monotonic clock. */
export interface ExecutionLimits {
  readonly timeoutMs: number | undefined
  readonly deadlineAt: number
}

/** What its caller asks for, or else its service. */
export function limitsOf(service: Service, options: ExecuteOptions): ExecutionLimits {
  const { timeoutMs, deadlineMs = service.plan.deadlineMs } = options
  if (timeoutMs === undefined && deadlineMs === undefined) return service.limits
  return {
    timeoutMs: timeoutMs ?? service.plan.timeoutMs,
    deadlineAt: deadlineMs === undefined ? Infinity : performance.now() + deadlineMs,
  }
}
