import type { Opening } from '../contract/events.ts'
import type { FromLane, LoadedMessage } from '../contract/messages.ts'
import type { LaneEnd } from '../engine/engine.ts'
import { describeThrown } from '../kernel/thrown.ts'
import { fromWireError } from '../kernel/wire-error.ts'
import type { EventHub } from './event-hub.ts'
import type { Execution } from './execution.ts'
import type { Logger } from './logger.ts'
import type { Seat } from './seat.ts'
import type { Service } from './service.ts'

/** What lanes say beside outcomes, passed on: log records, events, counts. */
export class LaneVoice {
  readonly #logger: Logger
  readonly #events: EventHub
  readonly #services: readonly Service[]
  readonly #loads = new Map<Seat, ((message: LoadedMessage) => void)[]>()
  readonly #stats = new Map<string, Map<string, unknown>>()
  /** Outcomes that came after their execution had settled, and messages that no lane sends in good faith. */
  lateResults = 0
  droppedLogRecords = 0
  droppedOutput = 0
  /** Errors that nobody awaited. */
  orphanErrors = 0
  /** What went wrong while lanes disposed of their components; kept from when the pools are closed, for the report. */
  disposeErrors: Error[] | undefined

  constructor(logger: Logger, events: EventHub, services: readonly Service[]) {
    this.#logger = logger
    this.#events = events
    this.#services = services
  }

  hear(pool: string, seat: Seat, message: FromLane): void {
    switch (message.type) {
      case 'records':
        this.#write(seat, message)
        return
      case 'loaded':
        this.#loaded(seat, message)
        return
      case 'middleware-stats':
        for (const [name, stats] of Object.entries(message.stats))
          this.#keepStats(name, `${pool}/${seat.worker}`, stats)
        return
      case 'output-dropped':
        this.droppedOutput += message.writes
        this.#logger.log.warn({ worker: seat.worker, dropped: message.writes }, 'Output of a worker was dropped')
        return
      case 'drained':
        for (const error of message.errors) this.disposeErrors?.push(fromWireError(error))
        return
      default:
        this.lateResults++
    }
  }

  /** Batches of log records that could not be read: at least one record of each is lost. */
  unreadableRecords(seat: Seat): void {
    for (; seat.unreadable > 0; seat.unreadable--) {
      this.droppedLogRecords++
      this.#logger.log.warn(
        { worker: seat.worker },
        'Log records were lost: their fields are nested too deeply to be read',
      )
      seat.lane?.marks.takeRecords()
    }
  }

  late(): void {
    this.lateResults++
  }

  orphan(pool: string, seat: Seat, requestId: string | undefined, error: Error): void {
    this.orphanErrors++
    this.#logger.log.error(
      { pool, worker: seat.worker, request_id: requestId, error: describeThrown(error) },
      'An error that nobody awaited ends a worker',
    )
    this.#events.emit('orphan:error', () => ({ pool, worker: seat.worker, requestId, error }))
  }

  started(pool: string, worker: number, threadId: number, reason: Opening): void {
    this.#events.emit('worker:started', () => ({ pool, worker, threadId, reason }))
    if (reason === 'recycled') this.#logger.log.debug({ pool, worker, thread: threadId }, 'Worker recycled')
    if (reason !== 'restarted') return
    this.#logger.log.info({ pool, worker, thread: threadId }, 'Worker restarted')
    this.#events.emit('worker:restarted', () => ({ pool, worker, threadId }))
  }

  exited(pool: string, seat: Seat, end: LaneEnd): void {
    const { exitCode } = end
    const reason = end.drained && seat.tenure.isReplaced ? 'recycled' : end.reason
    // An end that the pool asked for is no news.
    const level = end.drained || seat.ending ? 'debug' : 'warn'
    this.#logger.log[level]({ pool, worker: seat.worker, exitCode, reason }, 'Worker exited')
    this.#loads.get(seat)?.forEach((resolve) => resolve({ type: 'loaded', service: -1, asked: true, components: [] }))
    this.#loads.delete(seat)
    this.#events.emit('worker:exited', () => ({ pool, worker: seat.worker, exitCode, reason }))
  }

  /** A lane's thread had to be killed while it disposed of its components. */
  undisposed(pool: string, worker: number): void {
    const error = new Error(`Worker ${worker} of pool ${pool} was killed while it disposed of its components`)
    this.#logger.log.error({ pool, worker }, error.message)
    this.disposeErrors?.push(error)
  }

  openFailed(pool: string, worker: number, error: unknown): void {
    this.#logger.log.error({ pool, worker, error: describeThrown(error) }, 'Worker could not be restarted')
  }

  longRun(pool: string, worker: number, execution: Execution, ranForMs: number): void {
    const { service, requestId } = execution
    const fields = {
      pool,
      worker,
      service_id: service.plan.id,
      request_id: requestId,
      ms: Math.round(ranForMs),
    }
    this.#logger.log.warn(fields, 'An execution has been running for long; no limit was set for it')
  }

  silent(pool: string, worker: number): void {
    this.#logger.log.error({ pool, worker }, 'A worker lost what it was sent or does not answer, and is replaced')
  }

  /** Asks a lane to load a service; resolves with its answer, or with no components where the lane ended instead. */
  awaitLoad(seat: Seat, service: Service): Promise<LoadedMessage> {
    return new Promise((resolve) => {
      const waiting = this.#loads.get(seat) ?? []
      this.#loads.set(seat, [...waiting, resolve])
      seat.lane?.load(service.plan.index)
    })
  }

  /** By middleware name, what each worker's instance says of itself. */
  get middlewareStats(): Record<string, readonly unknown[]> {
    const entries = [...this.#stats].map(([name, byWorker]) => [name, [...byWorker.values()]] as const)
    return Object.fromEntries(entries)
  }

  #keepStats(name: string, worker: string, stats: unknown): void {
    const byWorker = this.#stats.get(name) ?? new Map<string, unknown>()
    byWorker.set(worker, stats)
    this.#stats.set(name, byWorker)
  }

  #write(seat: Seat, message: Extract<FromLane, { type: 'records' }>): void {
    const thread = seat.lane?.threadId
    for (const { level, time, message: text, fields, service, requestId } of message.records) {
      const about = service < 0 ? {} : { service_id: this.#services[service]?.plan.id, request_id: requestId }
      this.#logger.write(level, time, { ...fields, ...about, worker: seat.worker, thread }, text)
    }
    this.droppedLogRecords += message.dropped
    if (message.dropped > 0)
      this.#logger.log.warn({ worker: seat.worker, dropped: message.dropped }, 'Log records were dropped')
    seat.lane?.marks.takeRecords()
  }

  #loaded(seat: Seat, message: LoadedMessage): void {
    const serviceId = this.#services[message.service]?.plan.id ?? ''
    for (const { step, warnings } of message.components) {
      for (const warning of warnings)
        if (!message.asked) this.#logger.log.warn({ service_id: serviceId, step }, warning)
    }
    if (!message.asked) {
      this.#services[message.service]?.countLoad()
      this.#events.emit('service:loaded', () => ({ serviceId, worker: seat.worker }))
    } else this.#loads.get(seat)?.shift()?.(message)
  }
}
