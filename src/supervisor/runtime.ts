import type { TroupeError } from '../contract/errors.ts'
import type { StartOptions } from '../contract/options.ts'
import type { Plan } from '../contract/plan.ts'
import type { CloseReport, ExecutionCounts, ServiceSummary, Stats } from '../contract/report.ts'
import type { Engine } from '../engine/engine.ts'
import { createLog } from '../kernel/create-log.ts'
import { readFaultPlan } from '../kernel/fault-plan.ts'
import { circuitOpen, quarantined } from './admission.ts'
import { Circuit } from './circuit.ts'
import { makeEngine } from './engine-table.ts'
import { EventHub } from './event-hub.ts'
import { shutOut } from './execution-errors.ts'
import { FaultyEngine } from './faulty-engine.ts'
import { Intake } from './intake.ts'
import { laneSetup } from './lane-setup.ts'
import { LaneVoice } from './lane-voice.ts'
import { LimitWatch } from './limit-watch.ts'
import { type Logger, createLogger } from './logger.ts'
import { type MiddlewareChains, loadMiddlewareChains } from './middleware-chains.ts'
import { Pool, type PoolHost } from './pool.ts'
import { afterProbe, closeService } from './quarantine.ts'
import { Service } from './service.ts'
import { Shares } from './shares.ts'

/** The parts of one supervisor, put together: what the supervisor's methods and the check work with. */
export class Runtime {
  readonly plan: Plan
  readonly events: EventHub
  readonly services: readonly Service[]
  readonly intake: Intake
  readonly #shares = new Shares()
  readonly #options: StartOptions
  readonly #logger: Logger
  readonly #voice: LaneVoice
  readonly #watch: LimitWatch
  readonly #chains: MiddlewareChains
  readonly #pools = new Map<string, Pool>()
  readonly #poolByService: readonly Pool[]
  readonly #fault = readFaultPlan(process.env['TROUPE_FAULT'])

  static async create(plan: Plan, options: StartOptions, refusal: () => TroupeError | undefined): Promise<Runtime> {
    const logger = createLogger(options.logLevel ?? 'info', options.logger)
    const engines = new Map<string, Engine>()
    for (const { engine } of plan.pools) if (!engines.has(engine)) engines.set(engine, await makeEngine(engine))
    const chains = await loadMiddlewareChains(plan, logger.log)
    return new Runtime(plan, options, logger, engines, chains, refusal)
  }

  private constructor(
    plan: Plan,
    options: StartOptions,
    logger: Logger,
    engines: ReadonlyMap<string, Engine>,
    chains: MiddlewareChains,
    refusal: () => TroupeError | undefined,
  ) {
    this.plan = plan
    this.#options = options
    this.#logger = logger
    this.#chains = chains
    this.events = new EventHub(logger.log)
    this.services = plan.services.map(
      (service) => new Service(service, chains.chainOf(service), namesAround(plan, service)),
    )
    for (const service of this.services) this.#giveCircuit(service)
    this.#voice = new LaneVoice(logger, this.events, this.services)
    for (const pool of plan.pools)
      this.#pools.set(pool.name, new Pool(pool, this.#poolHost(pool.name, engines.get(pool.engine)!)))
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
    this.intake = new Intake({
      router: new Map(this.services.map((service) => [service.plan.id, service])),
      events: this.events,
      shares: this.#shares,
      log: logger.log,
      watch: this.#watch,
      refusal,
      pool: (service) => this.pool(service),
      mayMutate: (service) => service.plan.supervisorMiddleware.some((index) => ownCode.has(index)),
      childLog: (fields) =>
        createLog(options.logLevel ?? 'info', (level, own, message) =>
          logger.log[level]({ ...own, ...fields }, message),
        ),
    })
  }

  #poolHost(pool: string, engine: Engine): PoolHost {
    const fault = this.#fault?.pool === undefined || this.#fault.pool === pool ? this.#fault : undefined
    const setup = { ...laneSetup(this.plan, pool, this.#options.logLevel ?? 'info'), fault }
    return {
      engine: fault ? new FaultyEngine(engine, fault) : engine,
      services: this.services,
      voice: this.#voice,
      shares: this.#shares,
      setup: (worker, preload) => ({ ...setup, worker, preload }),
      quarantine: (service) => this.#quarantine(service),
      probed: (service, ended) => (service.quarantine = afterProbe(ended, performance.now())),
    }
  }

  #quarantine(service: Service): void {
    const quarantine = closeService(performance.now())
    service.quarantine = quarantine
    const why = quarantined(service)
    this.#logger.log.error({ service_id: service.plan.id }, why)
    this.events.emit('service:quarantined', () => ({ serviceId: service.plan.id, retryAt: quarantine.retryAt }))
    this.pool(service).rejectWaiting(service, why)
  }

  #giveCircuit(service: Service): void {
    const { id: serviceId, breaker } = service.plan
    if (!breaker) return
    service.circuit = new Circuit(breaker, {
      opened: (retryAt) => {
        this.#logger.log.warn({ service_id: serviceId }, circuitOpen(service))
        this.events.emit('breaker:opened', () => ({ serviceId, retryAt }))
        this.pool(service).rejectWaiting(service, circuitOpen(service), shutOut)
      },
      closed: () => {
        this.#logger.log.info({ service_id: serviceId }, `Service ${serviceId} is run again`)
        this.events.emit('breaker:closed', () => ({ serviceId }))
      },
    })
  }

  pool(service: Service): Pool {
    return this.#poolByService[service.plan.index]!
  }

  /** Lets every lane of every pool have a value; contexts sent from now on see it. */
  share(name: string, value: unknown): void {
    const share = this.#shares.put(name, value)
    for (const pool of this.#pools.values()) pool.share(share)
  }

  /** Opens every pool; where one fails, those that opened are closed again. */
  async start(): Promise<void> {
    for (const warning of this.plan.warnings) this.#logger.log.warn(warning)
    const starts = await Promise.allSettled([...this.#pools.values()].map((pool) => pool.start()))
    const failed = starts.find((start) => start.status === 'rejected')
    if (!failed) return
    await this.close(0)
    throw failed.reason
  }

  async close(timeoutMs: number): Promise<CloseReport> {
    const until = performance.now() + timeoutMs
    let timer: NodeJS.Timeout | undefined
    await Promise.race([this.#watch.whenIdle(), new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs)))])
    clearTimeout(timer)
    const why = 'was cut off by the shutdown'
    for (const pool of this.#pools.values()) pool.cutOff(why)
    for (const execution of this.#watch.inMiddleware) this.intake.cancel(execution, 'SHUTTING_DOWN', why)
    const closed = await Promise.all([...this.#pools.values()].map((pool) => pool.close(until)))
    this.#watch.stop()
    const zombies = closed.reduce((sum, left) => sum + left, 0)
    if (zombies > 0) this.#logger.log.error({ zombies }, 'Threads that native code holds did not end')
    if (this.#fault) {
      const { text, reached } = this.#fault
      this.#logger.log.warn({ fault: text, reached: reached[0] }, 'A fault was planned')
    }
    await this.#logger.flush()
    return { zombies }
  }

  summaries(): ServiceSummary[] {
    const engines = new Map(this.plan.pools.map((pool) => [pool.name, pool.engine]))
    return this.services.map(({ plan, middlewareNames, workerMiddlewareNames }) => ({
      id: plan.id,
      pool: plan.pool,
      engine: engines.get(plan.pool)!,
      stepped: plan.stepped,
      preload: plan.preload,
      idempotent: plan.idempotent,
      steps: plan.steps.map(({ name, module, class: exported }) => ({ name, module, class: exported })),
      middleware: { supervisor: middlewareNames, worker: workerMiddlewareNames },
    }))
  }

  stats(): Stats {
    const now = performance.now()
    const services = this.services.map((service) => {
      const pool = this.pool(service)
      const { counts, meter, settled } = service
      const state = { done: counts.ok, waiting: pool.waiting(service), running: pool.running(service) }
      const guard = { retries: service.retries, breaker: service.circuit?.state }
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
