import type { RoutedContext } from '../contract/context.ts'
import type { ExperimentPlan } from '../contract/experiment-plan.ts'
import { openDesign } from './design.ts'

/**
 * Makes the context of each run of an experiment, the same on either thread. What `prepare` gave is in `data` under its
 * name; the parameters of the point are last, and win. Contexts share no object that could be changed, so that no run
 * can reach another's; buffers of `prepared` are shared where they are shared memory, and copied otherwise.
 */
export function createRunContexts(
  plan: ExperimentPlan,
  digest: string,
  prepared?: unknown,
): (run: number) => RoutedContext {
  const design = openDesign(plan.design, plan.seed)
  const base = plan.prepare === undefined ? plan.data : { ...plan.data, [plan.prepare.into]: prepared }
  const { replications } = plan.layout
  let point = -1
  let data: Record<string, unknown> = {}
  let isFlat = true
  return (run) => {
    const itsPoint = Math.floor(run / replications)
    if (itsPoint !== point) {
      point = itsPoint
      data = { ...base, ...design.parametersOf(point) }
      isFlat = isFlatRecord(data)
    }
    return {
      service_id: plan.serviceId,
      request_id: `${digest}/${run}`,
      run,
      point,
      replication: run - point * replications,
      // A copy of one object is several times as fast as two objects in one.
      data: isFlat ? { ...data } : copyOf(data),
    }
  }
}

function isFlatRecord(record: Readonly<Record<string, unknown>>): boolean {
  return Object.values(record).every((value) => typeof value !== 'object' || value === null)
}

/** Plain objects and arrays by hand, which is many times as fast as structured clone; all else by it. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return structuredClone(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]))
}
