import type { ActorPlan } from '../../contract/plan.ts'
import type { ServiceConfig } from '../../contract/services-schema.ts'

/** The pool of a service: actors have one of their own. */
export function poolOf({ pool, actor }: ServiceConfig): string {
  return pool ?? (actor ? 'actors' : 'default')
}

/** What a valid configuration says of a service of actors, with defaults filled in. `ids` are those of all services. */
export function actorPlan(given: NonNullable<ServiceConfig['actor']>, ids: readonly string[]): ActorPlan {
  return {
    idleMs: given.idle_ms,
    snapshot: given.snapshot ?? given.snapshot_dir !== undefined,
    snapshotDir: given.snapshot_dir,
    onInvalidSnapshot: given.on_invalid_snapshot ?? 'fail',
    maxLive: given.max_live ?? 100_000,
    policy: given.policy ?? 'resume',
    backoffMs: given.backoff_ms ?? 100,
    backoffMaxMs: given.backoff_max_ms ?? 1_000,
    maxRestarts: given.max_restarts ?? 10,
    withinMs: given.within_ms ?? 10_000,
    group: given.group,
    strategy: given.strategy ?? 'one_for_one',
    after: (given.after ?? []).map((id) => ids.indexOf(id)),
  }
}
