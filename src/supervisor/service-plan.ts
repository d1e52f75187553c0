import type { BreakerPolicy, MiddlewarePlan, RetryPolicy, ServicePlan, StepPlan, When } from '../contract/plan.ts'
import type { MiddlewareConfig, ServiceConfig, ServicesConfig, StepConfig } from '../contract/services-schema.ts'
import { isStock, stockMiddleware } from '../contract/stock-middleware.ts'
import { actorPlan, poolOf } from './actors/actor-plan.ts'
import type { ConfigFindings } from '../kernel/config-findings.ts'

/** The enabled middleware of a valid configuration, in file order, each with the services it runs around. */
export function planMiddleware(
  config: ServicesConfig,
  findings: ConfigFindings,
): readonly { readonly plan: MiddlewarePlan; readonly covers: (id: string) => boolean }[] {
  const ids = Object.keys(config.services)
  return (config.middleware ?? []).flatMap((entry, index) => {
    if (entry.enabled === false) return []
    const include = entry.scope?.include && new Set(entry.scope.include)
    const exclude = new Set(entry.scope?.exclude)
    const covers = (id: string) => (include?.has(id) ?? true) && !exclude.has(id)
    if (!ids.some(covers)) findings.warn(['middleware', index, 'scope'], 'leaves no service to run around')
    return [{ plan: middlewarePlan(entry, index), covers }]
  })
}

function middlewarePlan(given: MiddlewareConfig, entry: number): MiddlewarePlan {
  const { use, module = '', name = use ?? '', config = {} } = given
  if (isStock(use)) return { name, entry, side: given.side ?? stockMiddleware[use][0], source: { use }, config }
  const source = { module, export: given.export ?? 'default' }
  return { name, entry, side: given.side ?? 'supervisor', source, config }
}

/** The services of a valid configuration, in file order. */
export function planServices(
  config: ServicesConfig,
  middleware: ReturnType<typeof planMiddleware>,
): readonly ServicePlan[] {
  return Object.entries(config.services).map(([id, service], index) => {
    const places = (side: string) =>
      middleware.flatMap(({ plan, covers }, place) => (plan.side === side && covers(id) ? [place] : []))
    return {
      id,
      index,
      pool: poolOf(service),
      stepped: service.steps !== undefined,
      steps: stepPlans(service),
      preload: service.preload ?? false,
      idempotent: service.idempotent ?? false,
      retry: retryPolicy(service),
      breaker: service.breaker && breakerPolicy(service.breaker),
      mailbox: service.actor ? (service.actor.mailbox ?? 1_000) : (service.mailbox ?? 100_000),
      mailboxBytes: service.mailbox_bytes ?? 256 * 2 ** 20,
      timeoutMs: service.timeout_ms,
      deadlineMs: service.deadline_ms,
      graceMs: service.grace_ms ?? 100,
      loadTimeoutMs: service.load_timeout_ms ?? 10_000,
      warnAfterMs: service.warn_after_ms ?? 60_000,
      supervisorMiddleware: places('supervisor'),
      workerMiddleware: places('worker'),
      ...(service.actor && { actor: actorPlan(service.actor, Object.keys(config.services)) }),
    }
  })
}

function retryPolicy(service: ServiceConfig): RetryPolicy | undefined {
  const { max_attempts: maxAttempts = 1, backoff_ms: backoffMs = 100, idempotent = false } = service
  if (maxAttempts === 1) return undefined
  const maxBackoffMs = service.max_backoff_ms ?? Math.max(backoffMs, 10_000)
  // Checked against the codes that there are; see `checkServices`.
  const retryOn = service.retry_on as RetryPolicy['retryOn']
  return { maxAttempts, backoffMs, maxBackoffMs, retryOn, idempotent }
}

function breakerPolicy(breaker: NonNullable<ServiceConfig['breaker']>): BreakerPolicy {
  const { threshold = 0.5, minimum = 10, window_ms: windowMs = 10_000, open_ms: openMs = 10_000 } = breaker
  return { threshold, minimum, windowMs, openMs }
}

function stepPlans(service: ServiceConfig): readonly StepPlan[] {
  if (service.steps !== undefined) return service.steps.map(stepPlan)
  const { module = '', class: name = '', config = {} } = service
  return [stepPlan({ module, class: name, config }, 0)]
}

function stepPlan(step: StepConfig, index: number): StepPlan {
  return {
    name: step.name ?? `step_${index + 1}`,
    module: step.module,
    class: step.class,
    config: step.config ?? {},
    onError: step.on_error ?? 'fail_fast',
    ...(step.input_mapping && { inputMapping: step.input_mapping }),
    ...(step.output_mapping && { outputMapping: step.output_mapping }),
    ...(step.fallback_output && { fallbackOutput: step.fallback_output }),
    ...(step.when && { when: step.when as When }),
  }
}
