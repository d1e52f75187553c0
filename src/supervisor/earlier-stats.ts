import type { PoolStats, ServiceStats, Stats } from '../contract/report.ts'

const totals = [
  'accepted',
  'ok',
  'failed',
  'timedOut',
  'cancelled',
  'lateResults',
  'droppedLogRecords',
  'droppedOutput',
  'orphanErrors',
] as const satisfies readonly (keyof Stats)[]

const ofService = [
  'accepted',
  'ok',
  'failed',
  'timedOut',
  'cancelled',
  'done',
  'waiting',
  'running',
  'live',
  'retries',
  'loads',
  'quarantines',
] as const satisfies readonly (keyof ServiceStats)[]

const ofPool = ['restarts', 'recycled'] as const satisfies readonly (keyof PoolStats)[]

/** Adds what an earlier version of the configuration counted; services and pools that only it had are there too. */
export function addStats(now: Stats, earlier: Stats): Stats {
  return {
    ...now,
    ...sums(totals, now, earlier),
    services: addEach(now.services, earlier.services, ofService),
    pools: addEach(now.pools, earlier.pools, ofPool),
  }
}

/** The counts of all versions; of services and pools those that the present one has, whose costs and sizes are its own. */
export function withEarlier(now: Stats, earlier: readonly Stats[]): Stats {
  const all = earlier.reduce(addStats, now)
  return { ...all, services: only(now.services, all.services), pools: only(now.pools, all.pools) }
}

function addEach<Field extends string, Each extends Readonly<Record<Field, number>>>(
  now: Readonly<Record<string, Each>>,
  earlier: Readonly<Record<string, Each>>,
  fields: readonly Field[],
): Record<string, Each> {
  const added = new Map(Object.entries(now))
  for (const [name, before] of Object.entries(earlier)) {
    const present = added.get(name)
    added.set(name, present === undefined ? before : { ...present, ...sums(fields, present, before) })
  }
  // Unlike assignment, this makes an own property of whatever name.
  return Object.fromEntries(added)
}

function sums<Field extends string>(
  fields: readonly Field[],
  one: Readonly<Record<Field, number>>,
  other: Readonly<Record<Field, number>>,
): Record<Field, number> {
  return Object.fromEntries(fields.map((field) => [field, one[field] + other[field]])) as Record<Field, number>
}

function only<Each>(
  wanted: Readonly<Record<string, unknown>>,
  all: Readonly<Record<string, Each>>,
): Record<string, Each> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(wanted, name)))
}
