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
  let copy: (data: Record<string, unknown>) => unknown = spread
  const idOf = createRunIds(digest)
  return (run) => {
    const itsPoint = Math.floor(run / replications)
    if (itsPoint !== point) {
      point = itsPoint
      data = { ...base, ...design.parametersOf(point) }
      copy = isFlatRecord(data) ? spread : copierOf(data)
    }
    return {
      service_id: plan.serviceId,
      request_id: idOf(run),
      run,
      point,
      replication: run - point * replications,
      data: copy(data),
    }
  }
}

const digits = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'))

/**
 * Names runs `DIGEST/RUN`. The last three digits come out of a table: V8 remembers the texts of numbers that it makes,
 * and each garbage collection then has to look at thousands of them.
 */
function createRunIds(digest: string): (run: number) => string {
  let thousand = -1
  let front = ''
  return (run) => {
    if (run < 1000) return `${digest}/${run}`
    const itsThousand = Math.floor(run / 1000)
    if (itsThousand !== thousand) {
      thousand = itsThousand
      front = `${digest}/${thousand}`
    }
    return front + digits[run - thousand * 1000]!
  }
}

function isFlatRecord(record: Readonly<Record<string, unknown>>): boolean {
  return Object.values(record).every((value) => typeof value !== 'object' || value === null)
}

/** Several times as fast as to put two objects into one. */
function spread(data: Record<string, unknown>): unknown {
  return { ...data }
}

/** What leads back to itself, or is too deep to be followed, is for structured clone. */
function copierOf(data: unknown): (data: unknown) => unknown {
  try {
    copyOf(data)
    return copyOf
  } catch {
    return structuredClone
  }
}

/** Plain objects and arrays by hand, which is many times as fast as structured clone; all else by it. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return structuredClone(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]))
}
