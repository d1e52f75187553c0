import type { Plan } from '../contract/plan.ts'
import type { CloseReport, ExecutionCounts, ServiceSummary, Stats } from '../contract/report.ts'
import type { Engine } from '../engine/engine.ts'
import { createLog } from '../kernel/create-log.ts'
import { readFaultPlan } from '../kernel/fault-plan.ts'
import { Actors } from './actors/actors.ts'
import { circuitOpen, quarantined } from './admission.ts'
import { Circuit } from './circuit.ts'
import { makeEngine } from './engine-table.ts'
import { shutOut } from './execution-errors.ts'
import { ExperimentDesk } from './experiment-desk.ts'
import { FaultyEngine } from './faulty-engine.ts'
import { Intake } from './intake.ts'
import type { IntakeHost } from './intake-host.ts'
import { laneSetup } from './lane-setup.ts'
import { LaneVoice } from './lane-voice.ts'
import type { Lasting } from './lasting.ts'
import { LimitWatch } from './limit-watch.ts'
import { type MiddlewareChains, loadMiddlewareChains } from './middleware-chains.ts'
import { Pool } from './pool.ts'
import type { PoolHost } from './pool-host.ts'
import { afterProbe, afterReload, closeService } from './quarantine.ts'
import { Service } from './service.ts'
import { summariesOf } from './service-summaries.ts'
import type { ServicePool } from './service-pool.ts'
import { type Share, Shares, sharedIn } from './shares.ts'

/** The parts that run one configuration, put together: what the supervisor's methods and the check work with. */
export class Runtime {
  readonly plan: Plan
  readonly services: readonly Service[]
  readonly intake: Intake
  readonly experiments: ExperimentDesk
  readonly #lasting: Lasting
  readonly #voice: LaneVoice
  readonly #watch: LimitWatch
  readonly #chains: MiddlewareChains
  readonly #pools = new Map<string, ServicePool>()
  readonly actors: Actors
  readonly #poolByService: readonly ServicePool[]
  /** Experiments keep to the version they began on. */
  readonly #experimentShares = new Shares()
  readonly #fault = readFaultPlan(process.env['TROUPE_FAULT'])

  static async create(plan: Plan, lasting: Lasting): Promise<Runtime> {
    const engines = new Map<string, Engine>()
    for (const { engine } of plan.pools) if (!engines.has(engine)) engines.set(engine, await makeEngine(engine))
    const chains = await loadMiddlewareChains(plan, lasting.logger.log)
    return new Runtime(plan, lasting, engines, chains)
  }

  private constructor(plan: Plan, lasting: Lasting, engines: ReadonlyMap<string, Engine>, chains: MiddlewareChains) {
    const { options, logger, events, shares, refusal } = lasting
    this.plan = plan
    this.#lasting = lasting
    this.#chains = chains
    this.services = plan.services.map(
      (service) => new Service(service, chains.around(service), namesAround(plan, service)),
    )
    for (const service of this.services) this.#giveCircuit(service)
    this.#voice = new LaneVoice(logger, events, this.services)
    this.actors = new Actors(this.services, {
      events,
      log: logger.log,
      root: plan.root,
      submit: (context, callOptions, settle) => this.intake.submit(context, callOptions, settle, 0),
    })
    for (const pool of plan.pools) {
      const host = this.#poolHost(pool.name, engines.get(pool.engine)!)
      this.#pools.set(pool.name, this.actors.open(pool, host) ?? new Pool(pool, host))
    }
    this.#poolByService = this.services.map((service) => this.#pools.get(service.plan.pool)!)
    this.#watch = new LimitWatch({
      sample: (now) => {
        for (const service of this.services) service.meter.settled(service.settled, now)
        return [...this.#pools.values()].filter((pool) => pool.sample(now)).length > 0
      },
      deadlinePassed: (execution, now) => this.intake.cancel(execution, 'TIMEOUT', 'passed its deadline', now),
      middlewareOverdue: (execution, now) =>
        this.intake.cancel(execution, 'TIMEOUT', `timed out after ${execution.limits.timeoutMs} ms`, now),
    })
    const ownCode = new Set(plan.middleware.flatMap(({ source }, index) => ('module' in source ? [index] : [])))
    const host: IntakeHost = {
      router: new Map(this.services.map((service) => [service.plan.id, service])),
      events,
      shares,
      log: logger.log,
      watch: this.#watch,
      refusal,
      pool: (service) => this.pool(service),
      mayMutate: (service) => service.plan.supervisorMiddleware.some((index) => ownCode.has(index)),
      childLog: (fields) =>
        createLog(options.logLevel ?? 'info', (level, own, message) =>
          logger.log[level]({ ...own, ...fields }, message),
        ),
    }
    this.intake = new Intake(host)
    const { intake } = this
    const experimentShares = this.#experimentShares
    this.experiments = new ExperimentDesk({ plan, intake, host, experimentShares, share: (share) => this.share(share) })
  }

  #poolHost(pool: string, engine: Engine): PoolHost {
    const fault = this.#fault?.pool === undefined || this.#fault.pool === pool ? this.#fault : undefined
    const setup = { ...laneSetup(this.plan, pool, this.#lasting.options.logLevel ?? 'info'), fault }
    return {
      engine: fault ? new FaultyEngine(engine, fault) : engine,
      services: this.services,
      voice: this.#voice,
      shares: sharedIn(this.#lasting.shares, this.#experimentShares),
      setup: (worker, preload) => ({ ...setup, worker, preload }),
      quarantine: (service) => this.#quarantine(service),
      probed: (service, ended) => (service.quarantine = afterProbe(ended, performance.now())),
    }
  }

  #quarantine(service: Service): void {
    const quarantine = closeService(performance.now())
    service.quarantine = quarantine
    service.quarantines++
    const why = quarantined(service)
    const { logger, events } = this.#lasting
    logger.log.error({ service_id: service.plan.id }, why)
    events.emit('service:quarantined', () => ({ serviceId: service.plan.id, retryAt: quarantine.retryAt }))
    this.pool(service).rejectWaiting(service, why)
  }

  #giveCircuit(service: Service): void {
    const { id: serviceId, breaker } = service.plan
    if (!breaker) return
    const { logger, events } = this.#lasting
    service.circuit = new Circuit(breaker, {
      opened: (retryAt) => {
        logger.log.warn({ service_id: serviceId }, circuitOpen(service))
        events.emit('breaker:opened', () => ({ serviceId, retryAt }))
        this.pool(service).rejectWaiting(service, circuitOpen(service), shutOut)
      },
      closed: () => {
        logger.log.info({ service_id: serviceId }, `Service ${serviceId} is run again`)
        events.emit('breaker:closed', () => ({ serviceId }))
      },
    })
  }

  pool(service: Service): ServicePool {
    return this.#poolByService[service.plan.index]!
  }

  /** Lets every lane of every pool have a value; contexts sent from now on see it. */
  share(share: Share): void {
    for (const pool of this.#pools.values()) pool.share(share)
  }

  /** Goes on where the runtime of an earlier version left off. */
  succeed(earlier: Runtime): void {
    const now = performance.now()
    this.actors.succession.follow(earlier.actors.succession)
    const before = new Map(earlier.services.map((service) => [service.plan.id, service.quarantine]))
    for (const service of this.services) {
      const quarantine = before.get(service.plan.id)
      if (quarantine) service.quarantine = afterReload(quarantine, now)
    }
  }

  /** Opens every pool; where one fails, those that opened are left for `close` to end. */
  async start(): Promise<void> {
    for (const warning of this.plan.warnings) this.#lasting.logger.log.warn(warning)
    const starts = await Promise.allSettled([...this.#pools.values()].map((pool) => pool.start()))
    const failed = starts.find((start) => start.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Resolves once nothing that was accepted is unsettled. */
  whenIdle(): Promise<void> {
    return this.#watch.whenIdle()
  }

  /**
   * Lets what was accepted end, within the limit, and ends every lane. Several calls may be under way: the one that
   * allows the least cuts off.
   */
  async close(timeoutMs: number): Promise<CloseReport> {
    const until = performance.now() + timeoutMs
    let timer: NodeJS.Timeout | undefined
    await Promise.race([this.#watch.whenIdle(), new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)))])
    clearTimeout(timer)
    const why = 'was cut off by the shutdown'
    this.#voice.disposeErrors ??= []
    for (const pool of this.#pools.values()) pool.cutOff(why)
    for (const execution of this.#watch.inMiddleware) this.intake.cancel(execution, 'SHUTTING_DOWN', why)
    const closed = await Promise.all([...this.#pools.values()].map((pool) => pool.close(until)))
    this.#watch.stop()
    const zombies = closed.reduce((sum, left) => sum + left, 0)
    const { logger } = this.#lasting
    if (zombies > 0) logger.log.error({ zombies }, 'Threads that native code holds did not end')
    if (this.#fault) {
      const { text, reached } = this.#fault
      logger.log.warn({ fault: text, reached: reached[0] }, 'A fault was planned')
    }
    await logger.flush()
    const cutOff = { waiting: 0, running: 0 }
    for (const service of this.services) {
      cutOff.waiting += service.cutOff.waiting
      cutOff.running += service.cutOff.running
    }
    return { cutOff, errors: this.#voice.disposeErrors, zombies }
  }

  summaries(): ServiceSummary[] {
    return summariesOf(this.plan, this.services)
  }

  stats(): Stats {
    const now = performance.now()
    const services = this.services.map((service) => {
      const pool = this.pool(service)
      const { counts, meter, settled, loads, quarantines } = service
      const state = { done: counts.ok, ...pool.occupancyOf(service) }
      const guard = { retries: service.retries, breaker: service.circuit?.state, loads, quarantines }
      return [service.plan.id, { ...counts, ...state, ...guard, ...meter.stats(settled, now) }] as const
    })
    const sum = (count: keyof ExecutionCounts) => services.reduce((total, [, counts]) => total + counts[count], 0)
    return {
      accepted: sum('accepted'),
      ok: sum('ok'),
      failed: sum('failed'),
      timedOut: sum('timedOut'),
      cancelled: sum('cancelled'),
      lateResults: this.#voice.lateResults,
      droppedLogRecords: this.#voice.droppedLogRecords,
      droppedOutput: this.#voice.droppedOutput,
      orphanErrors: this.#voice.orphanErrors,
      services: Object.fromEntries(services),
      pools: Object.fromEntries([...this.#pools].map(([name, pool]) => [name, pool.stats])),
      middleware: this.#middlewareStats(),
    }
  }

  #middlewareStats(): Stats['middleware'] {
    const stats: Record<string, { supervisor?: unknown; workers?: readonly unknown[] }> = {}
    for (const { name, run } of this.#chains.entries) if (run.stats) stats[name] = { supervisor: run.stats() }
    for (const [name, workers] of Object.entries(this.#voice.middlewareStats)) stats[name] = { ...stats[name], workers }
    return stats
  }
}

function namesAround(plan: Plan, service: Plan['services'][number]) {
  const names = (indexes: readonly number[]) => indexes.map((index) => plan.middleware[index]!.name)
  return { supervisor: names(service.supervisorMiddleware), worker: names(service.workerMiddleware) }
}
