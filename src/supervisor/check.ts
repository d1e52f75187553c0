import { TroupeError } from '../contract/errors.ts'
import type { LoadedMessage } from '../contract/messages.ts'
import type { StartOptions } from '../contract/options.ts'
import type { Plan } from '../contract/plan.ts'
import type { CheckReport, ComponentCheck, ServiceCheck } from '../contract/report.ts'
import { fromWireError } from '../kernel/wire-error.ts'
import { makeLasting } from './lasting.ts'
import { openRuntime } from './open-runtime.ts'
import type { Service } from './service.ts'
import { untilAborted } from './until-aborted.ts'

/** Loads every component of a plan once, in one worker a pool, and reports on each. */
export async function checkPlan(plan: Plan, options: StartOptions): Promise<CheckReport> {
  const { signal } = options
  // Ahead-of-time loading would turn the first bad component into the only one that is reported.
  const alone: Plan = {
    ...plan,
    pools: plan.pools.map((pool) => ({ ...pool, workers: 1 })),
    services: plan.services.map((service) => ({ ...service, preload: false })),
  }
  const lasting = makeLasting({ logLevel: 'error', ...options }, () => undefined)
  const runtime = await openRuntime(Promise.resolve(alone), lasting, signal)
  try {
    const services: ServiceCheck[] = []
    for (const service of runtime.services) {
      services.push(verdict(service, await untilAborted(runtime.pool(service).load(service), signal)))
    }
    return { ok: services.every((service) => service.ok), services, warnings: plan.warnings }
  } finally {
    await runtime.close(1_000)
  }
}

function verdict(service: Service, loaded: LoadedMessage): ServiceCheck {
  const { id, steps } = service.plan
  const components = steps.map((step): ComponentCheck => {
    const about = { step: step.name, module: step.module, class: step.class }
    const found = loaded.components.find((one) => one.step === step.name)
    if (!found) return { ...about, file: undefined, error: lost(id), warnings: [] }
    const error = found.error && (fromWireError(found.error, { serviceId: id }) as TroupeError)
    return { ...about, file: found.file, error, warnings: found.warnings }
  })
  return { id, ok: components.every(({ error }) => !error), components }
}

function lost(serviceId: string): TroupeError {
  const message = `Loading service ${serviceId} ended its worker: its module exits, crashes or never returns`
  return new TroupeError('COMPONENT_LOAD_FAILED', message, { serviceId })
}
