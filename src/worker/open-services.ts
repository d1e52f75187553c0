import { type LogThreshold, logLevels } from '../contract/log.ts'
import type { WireError } from '../contract/wire-error.ts'
import type { LaneSetup, MiddlewarePlan } from '../contract/plan.ts'
import type { ChainEntry } from '../kernel/chain.ts'
import { composeMiddleware } from '../kernel/compose.ts'
import { createLog, thresholdNumber } from '../kernel/create-log.ts'
import type { LaneMarks } from '../kernel/lane-marks.ts'
import { loadMiddleware } from '../kernel/load-middleware.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { loadStockMiddleware } from '../middleware/stock.ts'
import type { RecordBuffer } from './record-buffer.ts'
import { ServiceRunner } from './service-runner.ts'

/** What a lane runs: the worker-side middleware, loaded, and a runner for each service by its index. */
export interface OpenServices {
  readonly entries: readonly ChainEntry[]
  readonly runners: ServiceRunner[]
}

/** Loads a lane's middleware; one that fails to load fails them all. Components wait for their first context. */
export async function openServices(setup: LaneSetup, marks: LaneMarks, records: RecordBuffer): Promise<OpenServices> {
  const { services, middleware, root, logThreshold } = setup
  const log = createLog(logThreshold, (level, fields, message) => records.push(level, fields, message, -1, ''))
  const host = { side: 'worker', services: new Map(services.map((service) => [service.id, service])), log } as const
  const entries = await Promise.all(
    middleware.map(async (plan) =>
      plan.side === 'worker' ? await loadMiddleware(plan, root, host, loadStockMiddleware) : undefined,
    ),
  )
  const runners = services.map((plan) => {
    const present = plan.workerMiddleware.filter((index) => entries[index] !== undefined)
    const chainOf = (indexes: readonly number[]) => composeMiddleware(indexes.map((index) => entries[index]!))
    return new ServiceRunner(plan, root, marks, {
      context: chainOf(present),
      slice: chainOf(present.filter((index) => countsSlices(middleware[index]!))),
      run: chainOf(present.filter((index) => !countsSlices(middleware[index]!))),
    })
  })
  return { entries: entries.filter((entry) => entry !== undefined), runners }
}

/** Whether a middleware sees the runs of an experiment by the slice: by the run it would drown in them. */
function countsSlices({ source }: MiddlewarePlan): boolean {
  return 'use' in source && (source.use === 'logging' || source.use === 'metrics')
}

/** Disposes of the components of a lane that ends, the last first; what they throw is logged and comes back. */
export async function disposeServices(
  runners: readonly ServiceRunner[],
  records: RecordBuffer,
  threshold: LogThreshold,
): Promise<WireError[]> {
  const errors: WireError[] = []
  for (const runner of runners.toReversed()) {
    for (const thrown of await runner.dispose()) {
      const error = toWireError(thrown)
      errors.push(error)
      if (thresholdNumber(threshold) > logLevels.error) continue
      const fields = { error, service: runner.plan.id }
      records.push('error', fields, 'Component failed in dispose()', runner.plan.index, '')
    }
  }
  return errors
}
