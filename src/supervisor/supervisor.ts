import type { ActorEnd, ActorProxy } from '../contract/actor.ts'
import type { Context } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { Replay } from '../contract/experiment-host.ts'
import type { RunOptions } from '../contract/experiment-options.ts'
import type { ExperimentSummary } from '../contract/experiment-summary.ts'
import type { EventMap, EventName } from '../contract/events.ts'
import type { ExecuteOptions, ManyOptions, StartOptions, StreamOptions } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { CheckReport, CloseReport, ServiceSummary, Stats } from '../contract/report.ts'
import { Lifecycle } from '../kernel/lifecycle.ts'
import { openPromise } from '../kernel/open-promise.ts'
import { ActorDesk } from './actors/actor-desk.ts'
import { runBatch } from './batch.ts'
import { checkPlan } from './check.ts'
import type { EventHub } from './event-hub.ts'
import {
  NO_OPTIONS,
  checkCloseOptions,
  checkManyOptions,
  checkOrReject,
  checkRunOptions,
  checkStreamOptions,
} from './execute-options.ts'
import { experimentRoom } from './experiment-room.ts'
import { makeLasting } from './lasting.ts'
import { openRuntime } from './open-runtime.ts'
import { readPlan } from './service-registry.ts'
import { readStartOptions } from './start-options.ts'
import { type StreamItem, streamOutcomes } from './stream.ts'
import { untilAborted } from './until-aborted.ts'
import { Versions, pinned } from './versions.ts'

const CLOSE_MS = 10_000

/**
 * Runs the services of a configuration on worker threads: routes each context by its `service_id`, supervises the
 * workers, and settles every execution exactly once.
 *
 * @example
 * ```ts
 * import { Supervisor } from 'troupe'
 *
 * const supervisor = await Supervisor.start({ services: { echo: { module: 'troupe:echo', class: 'Echo' } } })
 * try {
 *   console.log(await supervisor.execute({ service_id: 'echo', data: { x: 1 } }))
 * } finally {
 *   await supervisor.close()
 * }
 * ```
 */
export class Supervisor {
  readonly #versions: Versions
  readonly #events: EventHub
  readonly #actors: ActorDesk
  readonly #lifecycle = new Lifecycle()
  #closing: Promise<CloseReport> | undefined

  private constructor(versions: Versions, events: EventHub) {
    this.#versions = versions
    this.#events = events
    const current = () => versions.current.actors
    this.#actors = new ActorDesk(current, () => this.#refusal())
  }

  /**
   * Reads a configuration, loads its middleware, opens its workers and resolves when all of them are ready.
   *
   * @param source The path of a `services.json`, or an object of the same form.
   * @param options `workers` and `engine` override the file; `logger` and `logLevel` say where records go; `signal`
   *   gives up the start.
   * @throws {TroupeError} `CONFIG_NOT_FOUND`; `CONFIG_INVALID` with every problem in `details`;
   *   `COMPONENT_PATH_FORBIDDEN`; `MIDDLEWARE_ERROR` for a middleware that cannot be loaded; `COMPONENT_LOAD_FAILED`
   *   for a service with `preload`; `WORKER_CRASHED` where a thread does not come up; `CANCELLED` where `signal` aborted
   *   first. Nothing is left running then.
   * @throws {TypeError} `options` has an unknown key, a `logLevel` or `signal` that is none, or a `logger` without all its
   *   methods.
   */
  static async start(
    source: string | object = 'services.json',
    options: StartOptions = NO_OPTIONS,
  ): Promise<Supervisor> {
    const given = readStartOptions(options, 'start')
    const again = pinned(source)
    const lasting = makeLasting(given, () => supervisor.#refusal())
    const runtime = await openRuntime(readPlan(source, given), lasting, given.signal)
    const supervisor: Supervisor = new Supervisor(new Versions(runtime, lasting, again), lasting.events)
    supervisor.#lifecycle.move('starting')
    supervisor.#lifecycle.move('running')
    return supervisor
  }

  /**
   * Reads a configuration, loads every component of it once in a worker, and reports on each.
   *
   * @throws {TroupeError} As `start` does for a configuration or a middleware that is not valid.
   * @throws {TypeError} As `start` does.
   */
  static async check(
    source: string | object = 'services.json',
    options: StartOptions = NO_OPTIONS,
  ): Promise<CheckReport> {
    const given = readStartOptions(options, 'check')
    return await checkPlan(await untilAborted(readPlan(source, given), given.signal), given)
  }

  /**
   * Runs one context and resolves with its component's result.
   *
   * @param context A plain, structured-clonable object with `service_id`. It must not change until it has settled.
   * @param options `signal` cancels; `timeoutMs` counts from the start of the run, `deadlineMs` from now.
   * @throws {TroupeError} Whose `code` says what went wrong and whose `outcome` how far the component came.
   * @throws {RangeError} A time in `options` is no number of milliseconds.
   * @throws {TypeError} `options` has an unknown key, or a value of the wrong type.
   */
  execute(context: Context, options: ExecuteOptions = NO_OPTIONS): Promise<unknown> {
    const { promise, resolve, reject } = openPromise()
    if (checkOrReject(options, reject)) this.#versions.current.intake.submit(context, options, resolve, reject)
    return promise
  }

  /**
   * Runs many contexts; waits for room in mailboxes where `execute` would reject. One that fails fails alone.
   *
   * @returns The outcomes, in input order: `{ ok: true, value }` or `{ ok: false, error }`.
   * @throws {TypeError} `contexts` is no array, or `options` has an unknown key or a value of the wrong type.
   */
  async executeMany(contexts: readonly Context[], options: ManyOptions = NO_OPTIONS): Promise<Outcome[]> {
    checkManyOptions(options, contexts)
    // A copy, since the caller may change the array while the batch runs.
    return await runBatch(() => this.#versions.current.intake, contexts.slice(), options)
  }

  /**
   * Runs the contexts of a source as its outcomes are taken: a slow reader slows the source down. Leaving the loop
   * cancels the rest. An error of the source is thrown once the outcomes of what it gave have been taken.
   *
   * @param options `ordered: false` yields outcomes as they are ready; input order otherwise.
   * @throws {TypeError} `source` is not iterable, or `options` has an unknown key or a value of the wrong type.
   */
  stream(
    source: Iterable<Context> | AsyncIterable<Context>,
    options: StreamOptions = NO_OPTIONS,
  ): AsyncGenerator<StreamItem, void, undefined> {
    checkStreamOptions(options, source)
    return streamOutcomes(() => this.#versions.current.intake, source, options)
  }

  /**
   * Gives every worker a value under a name, which `scope.shared(name)` reads. The numbers of a typed array or `DataView`
   * are copied into shared memory once, and every worker sees that memory; anything else is copied once per worker.
   * Contexts submitted from this call on see it, on workers that are started later too. Sharing another value under the
   * same name replaces it for those; a context that was submitted before may see either.
   *
   * @param name A string that is not empty.
   * @param value Structured-clonable. A view of a `SharedArrayBuffer` is shared as it is; a `Buffer` arrives as a
   *   `Uint8Array`. What changes in `value` after the call is not seen, unless it lies in shared memory already.
   * @throws {TypeError} `name` is empty or no string, or one that means something to every object, as `__proto__` does.
   * @throws {TroupeError} `INPUT_NOT_SERIALIZABLE` with the place in `details`; `SHUTTING_DOWN` after `close`.
   * @example
   * ```ts
   * import { Supervisor } from 'troupe'
   *
   * const supervisor = await Supervisor.start('services.json')
   * try {
   *   await supervisor.share('prices', new Float64Array([101.5, 99.25]))
   *   // In a component: const prices = scope.shared<Float64Array>('prices')
   * } finally {
   *   await supervisor.close()
   * }
   * ```
   */
  // Asynchronous for the sake of workers that are further away than a thread.
  async share(name: string, value: unknown): Promise<void> {
    const refusal = this.#refusal()
    if (refusal) throw refusal
    this.#versions.share(name, value)
  }

  /**
   * The actor of a service under a key, to be called: see `ActorProxy`, which has an example. It is made with the first
   * message, in the worker of its pool that has the fewest.
   *
   * @param serviceId A service with `"actor": {…}`.
   * @param key A text of 1 to 1,024 characters; other keys are other actors.
   * @throws {TroupeError} `SERVICE_NOT_FOUND`; `CONTEXT_INVALID` for a service without actors; `ACTOR_KEY_INVALID`;
   *   `SHUTTING_DOWN` after `close`. Calls reject with what the method threw as `COMPONENT_FAILED`, and with
   *   `METHOD_NOT_EXPOSED`, `MAILBOX_FULL`, `TIMEOUT`, `WORKER_CRASHED`, `ACTOR_DEADLOCK`, `ACTOR_LIMIT`,
   *   `ACTOR_STOPPED` or `SNAPSHOT_INVALID`.
   */
  async actor<T extends object>(serviceId: string, key: string): Promise<ActorProxy<T>> {
    return this.#actors.proxy<T>(serviceId, key)
  }

  /**
   * Calls `listener` once when an actor has ended for good, soon where it has already. A restart is no end, and neither
   * is a passivation.
   *
   * @param actor What `actor()` resolved with.
   * @returns Stops watching; calling it again does nothing.
   * @throws {TypeError} `actor` is no actor of this supervisor.
   * @example
   * ```ts
   * import { Supervisor } from 'troupe'
   *
   * interface Counter {
   *   increment(by?: number): number
   * }
   * const counter = { module: 'troupe:counter', class: 'Counter', actor: {} }
   * const supervisor = await Supervisor.start({ services: { counter } })
   * try {
   *   const mine = await supervisor.actor<Counter>('counter', 'user-42')
   *   await mine.increment()
   *   const ended = new Promise((resolve) => supervisor.watch(mine, resolve))
   *   await supervisor.stopActor(mine)
   *   console.log(await ended)
   * } finally {
   *   await supervisor.close()
   * }
   * ```
   */
  watch(actor: object, listener: (end: ActorEnd) => void): () => void {
    return this.#actors.watch(actor, listener)
  }

  /**
   * Ends an actor for good, behind the message it has in hand: it is not restarted, and what waits for it rejects with
   * `ACTOR_STOPPED`. Its `stop` hook is called; resolves when that has ended.
   *
   * @param actor What `actor()` resolved with. `watch` has an example.
   * @throws {TypeError} `actor` is no actor of this supervisor.
   */
  async stopActor(actor: object): Promise<void> {
    await this.#actors.stop(actor)
  }

  /**
   * Runs an experiment: a service over a design of parameters, many times, on every worker, with numbers that are the
   * same to the last bit on any number of them. `docs/experiments.md` has the guide.
   *
   * @param experiment The path of an experiment file, or an object of its form, whose paths are relative to the current
   *   folder.
   * @param options `out`, the folder for its journal and outputs; `resume`; `onProgress`; `signal`.
   * @returns What `summary.json` holds. Runs that failed are in it, and in no mean.
   * @throws {TroupeError} `CONFIG_NOT_FOUND` and `CONFIG_INVALID` for the experiment; `RUN_EXISTS`, `RUN_LOCKED`,
   *   `INPUT_CHANGED` and `JOURNAL_CORRUPT` for its folder; `WRITE_FAILED`; `CANCELLED`; `SHUTTING_DOWN`;
   *   `SERVICE_UNAVAILABLE` where its service takes down every worker; and what its preparation ended with. What was
   *   computed by then is in the folder, to be resumed.
   * @throws {TypeError} `options` has an unknown key or a value of the wrong type.
   * @example
   * ```ts
   * import { Supervisor } from 'troupe'
   *
   * const supervisor = await Supervisor.start({ services: { queue: { module: 'troupe:queue', class: 'Queue' } } })
   * try {
   *   const { points } = await supervisor.run({
   *     service_id: 'queue',
   *     seed: 1,
   *     data: { service_rate: 1, servers: 1, customers: 2_000 },
   *     design: { method: 'grid', parameters: { arrival_rate: { values: [0.5, 0.8] } } },
   *     replications: 20,
   *     metrics: { mean_wait: ['mean', 'ci95'] },
   *   })
   *   for (const { parameters, metrics } of points) console.log(parameters, metrics)
   * } finally {
   *   await supervisor.close()
   * }
   * ```
   */
  async run(experiment: string | object, options: RunOptions = NO_OPTIONS): Promise<ExperimentSummary> {
    checkRunOptions(options, experiment)
    const desk = this.#versions.current.experiments
    return await (await experimentRoom()).runExperiment(desk, experiment, options)
  }

  /**
   * Runs one run of an experiment again, alone, with the parameters, the random numbers and the prepared inputs that it
   * had; the experiment's file is not needed. On the engine `inline`, a debugger can follow it.
   *
   * @param folder The folder of the experiment's run: what `out` was.
   * @param run Its number, from 0, as in the outputs.
   * @returns Its context, its `result` or `error`, and what was recorded of it, if anything was.
   * @throws {TroupeError} `RUN_NOT_FOUND`, `JOURNAL_CORRUPT`; the run's own error is in the result.
   * @throws {RangeError} The experiment has no such run.
   * @example
   * ```ts
   * import { Supervisor } from 'troupe'
   *
   * const services = { pi: { module: 'troupe:pi', class: 'Pi' } }
   * const supervisor = await Supervisor.start({ services }, { engine: 'inline' })
   * try {
   *   const experiment = { service_id: 'pi', replications: 100, metrics: { pi: ['mean'] }, outputs: ['runs.csv'] }
   *   await supervisor.run(experiment, { out: 'runs/pi', resume: true })
   *   const { context, result, recorded } = await supervisor.replay('runs/pi', 42)
   *   console.log(context, result, recorded)
   * } finally {
   *   await supervisor.close()
   * }
   * ```
   */
  async replay(folder: string, run: number): Promise<Replay> {
    const desk = this.#versions.current.experiments
    return await (await experimentRoom()).replayRun(desk, folder, run)
  }

  /** The registered services, in the order of the configuration, each with its steps, modules and middleware. */
  services(): ServiceSummary[] {
    return this.#versions.current.summaries()
  }

  /** Counts since the start, and the state now. */
  stats(): Stats {
    return this.#versions.stats()
  }

  /**
   * Calls `listener` whenever `name` happens. One that throws is logged and disturbs nothing.
   *
   * @returns How to stop.
   * @throws {TypeError} There is no event of that name, or `listener` is no function.
   */
  on<Name extends EventName>(name: Name, listener: (event: EventMap[Name]) => void): () => void {
    if (typeof listener !== 'function') throw new TypeError('on needs a function as its listener')
    return this.#events.on(name, listener)
  }

  /**
   * Reads the configuration again and puts it in place of the present one, without losing a context: contexts that come
   * from then on run on new workers, which see component files as they are now; those that were accepted before end on
   * the workers they were accepted for, which then drain and end. Listeners, shared values and counts carry on. Reloads
   * run one after another.
   *
   * @param source Another configuration: a path, or an object whose `./` modules lie below the same folder as before.
   *   Without it, what was read last is read again. The options of `start` hold on.
   * @returns When contexts go to the new version.
   * @throws {TroupeError} As `start` does for the same configuration, and nothing has changed then; `SHUTTING_DOWN`
   *   where the supervisor is closed, before or meanwhile.
   */
  async reload(source?: string | object): Promise<void> {
    const refusal = this.#refusal()
    if (refusal) throw refusal
    await this.#versions.reload(source)
  }

  /**
   * Accepts nothing more, lets what was accepted end, and ends every worker. What has not ended within the limit is
   * settled with `SHUTTING_DOWN` and asked to end; a worker that still runs soon after is killed. Calling it again gives
   * the same promise. A reload that is under way is given up.
   *
   * @param options `timeoutMs`, 10,000 by default; 0 cuts off at once.
   * @returns What was cut off, what went wrong in `dispose()`, and which threads could not be ended; within a second of
   *   the limit at the latest.
   * @throws {RangeError} `timeoutMs` is no number of milliseconds.
   * @throws {TypeError} `options` has an unknown key.
   */
  close(options: { readonly timeoutMs?: number } = NO_OPTIONS): Promise<CloseReport> {
    checkCloseOptions(options)
    this.#closing ??= this.#close(options.timeoutMs ?? CLOSE_MS)
    return this.#closing
  }

  async #close(timeoutMs: number): Promise<CloseReport> {
    this.#lifecycle.move('draining')
    const report = await this.#versions.close(timeoutMs)
    this.#lifecycle.move('closed')
    return report
  }

  /** Closes it at the end of an `await using` block, with the limit that `close` has by default. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #refusal(): TroupeError | undefined {
    if (this.#lifecycle.state === 'running') return undefined
    return new TroupeError('SHUTTING_DOWN', 'The supervisor is shutting down and accepts nothing more')
  }
}
