import { availableParallelism } from 'node:os'
import type { StartOptions } from '../contract/options.ts'
import { type EngineName, engineNames } from '../contract/engine-name.ts'
import type { PoolPlan } from '../contract/plan.ts'
import type { ServicesConfig } from '../contract/services-schema.ts'
import { poolOf } from './actors/actor-plan.ts'
import type { ConfigFindings } from '../kernel/config-findings.ts'
import { threadOptions } from './pool-rules.ts'

// Half of what V8 takes on Node 20, and on later ones less than that: each thread fills all of it, however little is alive.
// Components ran as fast.
const YOUNG_GENERATION_MB = 24

const maxWorkers = 1024

/** Adds what is wrong with the options that override a file. */
export function checkPoolOptions({ workers, engine }: StartOptions, findings: ConfigFindings): void {
  const isCount = typeof workers === 'number' && Number.isInteger(workers) && workers >= 1 && workers <= maxWorkers
  if (workers !== undefined && workers !== 'auto' && !isCount) {
    findings.add(
      ['options', 'workers'],
      `must be "auto", or a whole number from 1 to ${maxWorkers}, but is ${String(workers)}`,
    )
  }
  if (engine !== undefined && !engineNames.includes(engine)) {
    const message = `must be one of ${engineNames.join(', ')}, but is ${String(engine)}`
    findings.add(['options', 'engine'], message, engineNames, String(engine))
  }
}

/**
 * The pools that services run on, `default` first where it is one of them: one that no service uses would hold threads
 * for nothing.
 */
export function planPools(
  config: ServicesConfig,
  options: StartOptions,
  findings: ConfigFindings,
): readonly PoolPlan[] {
  const declared = config.pools ?? {}
  const used = new Set(Object.values(config.services).map(poolOf))
  const ofActors = new Set(
    Object.values(config.services).flatMap((service) => (service.actor ? [poolOf(service)] : [])),
  )
  const names = new Set([...(used.has('default') ? ['default'] : []), ...Object.keys(declared), ...ofActors])
  return [...names].flatMap((name) => {
    if (!used.has(name)) {
      findings.warn(['pools', name], 'is used by no service and is not started')
      return []
    }
    const pool = Object.hasOwn(declared, name) ? declared[name] : undefined
    const own = pool?.workers ?? (ofActors.has(name) ? 1 : 'auto')
    const workers = (name === 'default' ? options.workers : undefined) ?? own
    const engine = options.engine ?? pool?.engine ?? 'threads'
    // An inline pool has none of these, unless the engine is an option of the start.
    const threads = engine === 'inline' ? undefined : pool
    for (const option of threadOptions)
      if (!threads && pool?.[option] !== undefined)
        findings.warn(['pools', name, option], 'has no effect on the engine inline')
    return {
      name,
      engine,
      workers: workers === 'auto' ? autoWorkers(engine) : workers,
      maxRestarts: pool?.max_restarts ?? 10,
      withinMs: pool?.within_ms ?? 10_000,
      recycleAfter: threads?.recycle_after,
      recycleAtMb: threads?.recycle_at_mb,
      thread: {
        pool: name,
        resourceLimits: resourceLimits(threads?.resource_limits),
        env: threads?.env,
        execArgv: threads?.exec_argv,
      },
    }
  })
}

function resourceLimits(written: NonNullable<ServicesConfig['pools']>[string]['resource_limits']) {
  const limits = {
    maxOldGenerationSizeMb: written?.max_old_generation_size_mb,
    maxYoungGenerationSizeMb: written?.max_young_generation_size_mb ?? YOUNG_GENERATION_MB,
    codeRangeSizeMb: written?.code_range_size_mb,
    stackSizeMb: written?.stack_size_mb,
  }
  const given = Object.entries(limits).filter((limit): limit is [string, number] => limit[1] !== undefined)
  return Object.fromEntries(given)
}

/** A lane for each core; where all of them share one thread, more than one would gain nothing. */
function autoWorkers(engine: EngineName): number {
  return engine === 'inline' ? 1 : Math.min(availableParallelism(), maxWorkers)
}
