import type { ActorEnd } from '../../contract/actor.ts'
import type { Opening } from '../../contract/events.ts'
import type { Context } from '../../contract/context.ts'
import type { FromLane, LoadedMessage } from '../../contract/messages.ts'
import type { PoolPlan } from '../../contract/plan.ts'
import type { Occupancy, PoolStats } from '../../contract/report.ts'
import type { LaneEnd } from '../../engine/engine.ts'
import type { Mailbox } from '../../kernel/mailbox.ts'
import { fromWireError } from '../../kernel/wire-error.ts'
import { type EndCode, unavailable } from '../execution-errors.ts'
import type { Execution } from '../execution.ts'
import { loadService } from '../load-service.ts'
import type { Seat } from '../seat.ts'
import { Seats } from '../seats.ts'
import type { Service } from '../service.ts'
import type { ServicePool } from '../service-pool.ts'
import type { Share } from '../shares.ts'
import type { ActorCell, Turn } from './actor-cell.ts'
import { actorStopped } from './actor-errors.ts'
import { ActorDirectory } from './actor-directory.ts'
import { type ActorEars, hearActors, hearReply } from './actor-ears.ts'
import { ActorLane } from './actor-lane.ts'
import { ActorLife } from './actor-life.ts'
import type { ActorPoolHost } from './actor-pool-host.ts'
import { watchActor } from './actor-watch.ts'
import { AskDesk } from './ask-desk.ts'
import { loseLane } from './lane-loss.ts'
import { Passivation } from './passivation.ts'
import { Snapshots } from './snapshots.ts'
import { TurnDesk } from './turn-desk.ts'
import { TurnLimits } from './turn-limits.ts'

type Vendor = typeof import('../../kernel/comlink.ts')

/** A pool of actors: keeps its lanes open, and hands each actor its messages, one at a time. */
export class ActorPool implements ServicePool {
  readonly plan: PoolPlan
  readonly directory = new ActorDirectory()
  readonly life: ActorLife
  readonly #host: ActorPoolHost
  readonly #seats: Seats
  readonly #lanes = new Map<Seat, ActorLane>()
  readonly #turns: TurnDesk
  readonly #limits: TurnLimits
  readonly #asks: AskDesk
  readonly #passivation: Passivation
  readonly #ears: ActorEars
  #vendor: Vendor | undefined

  constructor(plan: PoolPlan, host: ActorPoolHost) {
    this.plan = plan
    this.#host = host
    const own = host.services.filter((service) => service.plan.pool === plan.name)
    const preload = own.filter((service) => service.plan.preload).map((service) => service.plan.index)
    this.#seats = new Seats(host.engine, (worker) => host.setup(worker, preload), {
      opened: (seat, why) => this.#opened(seat, why),
      message: (seat, message) => this.#hear(seat, message),
      noise: () => host.voice.late(),
      gone: (seat, end) => this.#gone(seat, end),
      openFailed: (worker, error, isLast) => this.#openFailed(worker, error, isLast),
      undisposed: (seat) => host.voice.undisposed(plan.name, seat.worker),
    })
    const late = () => host.voice.late()
    const snapshots = new Snapshots(host.root, host.log)
    this.life = new ActorLife({
      ...host,
      lanes: this.#lanes,
      snapshots,
      ready: (cell) => this.#turns.pump(cell),
      refuse: (cell, error) => this.#turns.refuse(cell, error),
      release: (cell, isDown) => this.#asks.release(cell, isDown),
      retire: (cell) => void this.#passivation.retire(cell, 'stopped'),
      detach: (cell) => this.directory.detach(cell),
    })
    this.#turns = new TurnDesk({
      begin: (cell) => this.life.begin(cell),
      isHeldBack: (cell) => this.life.isHeldBack(cell),
      turnEnded: (cell, failed) => this.life.turnEnded(cell, failed),
      unwrap: (cell, result) => this.#asks.unwrap(cell, result),
      late,
    })
    this.#limits = new TurnLimits({
      lanes: this.#lanes,
      kill: (seat) => this.#seats.kill(seat),
      end: (execution, outcome) => execution.deliver(outcome),
      longRun: (turn, ms) => host.voice.longRun(plan.name, turn.lane.seat.worker, turn.execution, ms),
    })
    this.#asks = new AskDesk(host)
    this.#passivation = new Passivation({
      ...host,
      services: own,
      directory: this.directory,
      snapshots,
      stop: (cell, reason, then) => this.life.stop(cell, reason, then),
      ready: (cell) => this.#turns.pump(cell),
      overdue: (cell) => this.#overdue(cell),
    })
    this.#ears = {
      life: this.life,
      turns: this.#turns,
      asks: this.#asks,
      limits: this.#limits,
      passivation: this.#passivation,
      late,
    }
  }

  async start(): Promise<void> {
    // Loaded here, since a program without actors need not pay for it.
    this.#vendor = await import('../../kernel/comlink.ts')
    await this.#seats.start(this.plan.workers)
    this.#passivation.start()
  }

  #opened(seat: Seat, why: Opening): void {
    const lane = new ActorLane(seat, new this.#vendor!.CallEndpoint(), (turn, outcome) =>
      this.#turns.ended(turn, outcome),
    )
    this.#lanes.set(seat, lane)
    for (const { name, value } of this.#host.shares.all) seat.lane!.share(name, value)
    this.#host.voice.started(this.plan.name, seat.worker, seat.lane!.threadId, why)
    this.life.opened()
  }

  #openFailed(worker: number, error: unknown, isLast: boolean): void {
    this.#host.voice.openFailed(this.plan.name, worker, error)
    if (!isLast) return
    const why = `Pool ${this.plan.name} cannot start a worker`
    for (const cell of this.directory.all()) {
      for (const one of this.#turns.mailboxes.takeAll(cell)) one.deliver(unavailable(one, why, error))
    }
  }

  /** The actor that a context names; made where there is none. */
  cellOf(service: Service, context: Context): ActorCell {
    return this.directory.at(service, context['key'])
  }

  /** Calls a method of an actor for the program. */
  call(cell: ActorCell, method: string, args: readonly unknown[]): Promise<unknown> {
    if (cell.state === 'stopped') return Promise.reject(actorStopped(cell, cell.asks?.stopError))
    return this.#asks.call(cell, method, args)
  }

  mailbox(service: Service, context: Context): Mailbox<Execution> {
    return this.#turns.mailboxes.of(this.cellOf(service, context))
  }

  occupancyOf(service: Service): Occupancy {
    const { id } = service.plan
    const running = [...this.#lanes.values()].reduce((sum, lane) => sum + lane.running(service), 0)
    return { waiting: this.#turns.mailboxes.waiting(id), running, live: this.life.live(id) }
  }

  enqueue(execution: Execution): void {
    const cell = this.cellOf(execution.service, execution.context)
    this.#turns.mailboxes.put(cell, execution)
    this.#turns.pump(cell)
  }

  #hear(seat: Seat, message: FromLane): void {
    const lane = this.#lanes.get(seat)
    if (message.type === 'reply') {
      if (lane) hearReply(lane, message, this.#ears)
    } else if (message.type === 'actors' && lane) hearActors(lane, message.message, this.#ears)
    else if (message.type === 'orphan') {
      const error = fromWireError(message.error)
      seat.orphan = { sequence: undefined, error }
      this.#host.voice.orphan(this.plan.name, seat, undefined, error)
    } else if (message.type === 'pong') this.#host.voice.unreadableRecords(seat)
    else this.#host.voice.hear(this.plan.name, seat, message)
  }

  /** An actor holds its lane up for longer than it may: the lane ends, and with it what would not. */
  #overdue(cell: ActorCell): void {
    const { seat } = cell.lane!
    if (cell.state === 'starting') {
      const { loadTimeoutMs } = cell.service.plan
      this.#turns.takeBack(cell)
      this.life.startFailed(cell, new Error(`it had not started after ${loadTimeoutMs} ms`))
    }
    this.#seats.kill(seat)
  }

  #gone(seat: Seat, end: LaneEnd): void {
    const lane = this.#lanes.get(seat)
    this.#lanes.delete(seat)
    this.#host.voice.exited(this.plan.name, seat, end)
    if (lane) loseLane(lane, end, { life: this.life, turns: this.#turns, asks: this.#asks })
  }

  watch(cell: ActorCell, listener: (end: ActorEnd) => void): () => void {
    return watchActor(cell, listener, this.#host.log)
  }

  stop(cell: ActorCell): Promise<void> {
    return this.life.end(cell)
  }

  /** Stops an actor that goes on in another version of the configuration. */
  leave(cell: ActorCell): Promise<void> {
    return this.#passivation.leave(cell)
  }

  withdraw(execution: Execution, code: EndCode, why: string, now: number, cause?: unknown): void {
    if (execution.phase === 'waiting') {
      const cell = execution.holder as ActorCell
      this.#turns.mailboxes.withdraw(cell, execution)
      this.#limits.endWaiting(execution, code, why, cause)
      if (cell.state === 'absent' || cell.state === 'live') this.#turns.pump(cell)
    } else if (execution.phase === 'in_flight') this.#limits.endRunning(execution.holder as Turn, code, why, now, cause)
  }

  sample(now: number): boolean {
    return this.#limits.sample(now)
  }

  get stats(): PoolStats {
    const { taken, restarts, recycled, zombies } = this.#seats
    return { workers: taken.length, restarts, recycled, zombies }
  }

  load(service: Service): Promise<LoadedMessage> {
    return loadService(this.#seats, this.#host.voice, service)
  }

  share({ name, value }: Share): void {
    for (const seat of this.#seats.taken) seat.lane?.share(name, value)
  }

  // Neither comes here: batches of actors take no short way, and nothing shuts a service of actors out.
  enqueueSpan(): void {}

  rejectWaiting(): void {}

  cutOff(why: string): void {
    const waiting = [...this.directory.all()].flatMap((cell) => this.#turns.mailboxes.takeAll(cell))
    this.#limits.cutOff(waiting, why, performance.now())
  }

  async close(until: number): Promise<number> {
    this.life.close()
    await this.#passivation.close(until)
    const left = await this.#seats.close(until)
    for (const cell of this.directory.all()) this.life.finish(cell, 'shutdown')
    return left
  }
}
