import type { ConfigFindings } from '../../kernel/config-findings.ts'
import { isRecord, listAt, recordAt } from '../raw-config.ts'

/** What a schema of shapes cannot say of services of actors; read, as all such rules are, from what was written. */
export function checkActors(config: unknown, findings: ConfigFindings): void {
  const services = Object.entries(recordAt(config, 'services')).filter(([, service]) => isRecord(service))
  const isActor = new Map(services.map(([id, service]) => [id, 'actor' in (service as object)]))
  const pools = new Map<string, string>()
  for (const [id, service] of services) if (isActor.get(id)) pools.set(poolName(service, true), id)
  for (const [id, service] of services) {
    const keys = ['services', id]
    const pool = poolName(service, isActor.get(id)!)
    if (!isActor.get(id) && pools.has(pool)) {
      const message = `names a pool of actors, ${JSON.stringify(pool)}, which has no place for a service without state`
      findings.add([...keys, 'pool'], message, [])
    }
    if (isActor.get(id)) checkActor(service, [...keys], services, findings)
  }
  for (const name of pools.keys()) checkPool(config, name, findings)
}

/** Actors live where they were made: their workers are not replaced for what they have run. */
function checkPool(config: unknown, name: string, findings: ConfigFindings): void {
  const pool = recordAt(recordAt(config, 'pools'), name)
  for (const key of ['recycle_after', 'recycle_at_mb']) {
    if (Object.hasOwn(pool, key)) findings.add(['pools', name, key], 'has no place in a pool of actors', [])
  }
}

function checkActor(
  service: unknown,
  keys: readonly PropertyKey[],
  services: readonly (readonly [string, unknown])[],
  findings: ConfigFindings,
): void {
  const actor = recordAt(service, 'actor')
  if (isRecord(service) && 'steps' in service) {
    findings.add([...keys, 'steps'], 'must not stand beside actor: an actor is one class', [])
  }
  for (const key of ['mailbox', 'max_attempts', 'backoff_ms', 'max_backoff_ms', 'retry_on', 'idempotent', 'breaker']) {
    if (isRecord(service) && key in service) findings.add([...keys, key], 'must not stand beside actor', [])
  }
  if ('strategy' in actor && !('group' in actor)) {
    findings.add([...keys, 'actor', 'strategy'], 'is only for actors with a group', [])
  }
  if (actor['snapshot'] === false && 'snapshot_dir' in actor) {
    findings.add([...keys, 'actor', 'snapshot_dir'], 'is only for actors with snapshot', [])
  }
  if (typeof actor['group'] === 'string') checkStrategy(actor, keys, services, findings)
  const known = services.flatMap(([id, other]) => (isRecord(other) && 'actor' in other ? [id] : []))
  for (const [index, id] of listAt(actor, 'after').entries()) {
    if (typeof id !== 'string') continue
    const at = [...keys, 'actor', 'after', index]
    if (!known.includes(id)) findings.add(at, `names no service of actors, ${JSON.stringify(id)}`, known, id)
    else if (reaches(id, String(keys.at(-1)), services)) {
      findings.add(at, `makes a circle: ${JSON.stringify(id)} comes after ${JSON.stringify(keys.at(-1))} itself`, [])
    }
  }
}

/** A group has one strategy. */
function checkStrategy(
  actor: Record<string, unknown>,
  keys: readonly PropertyKey[],
  services: readonly (readonly [string, unknown])[],
  findings: ConfigFindings,
): void {
  for (const [id, other] of services) {
    if (id === keys.at(-1)) return
    const others = recordAt(other, 'actor')
    if (others['group'] !== actor['group'] || strategyOf(others) === strategyOf(actor)) continue
    const message = `must be the same as that of ${JSON.stringify(id)}, which is in the same group: ${String(strategyOf(others))}`
    findings.add([...keys, 'actor', 'strategy'], message, [])
    return
  }
}

function strategyOf(actor: Record<string, unknown>): unknown {
  return actor['strategy'] ?? 'one_for_one'
}

/** Whether following `after` from one service leads to another. */
function reaches(from: string, to: string, services: readonly (readonly [string, unknown])[]): boolean {
  const after = new Map(services.map(([id, service]) => [id, listAt(recordAt(service, 'actor'), 'after')]))
  const seen = new Set<unknown>()
  const open: unknown[] = [from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true
    if (seen.has(id)) continue
    seen.add(id)
    open.push(...(after.get(id as string) ?? []))
  }
  return false
}

function poolName(service: unknown, isActor: boolean): string {
  const pool = isRecord(service) ? service['pool'] : undefined
  return typeof pool === 'string' ? pool : isActor ? 'actors' : 'default'
}
