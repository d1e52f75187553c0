import type { Context } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { EventMap, EventName } from '../contract/events.ts'
import type { ExecuteOptions, ManyOptions, StartOptions, StreamOptions } from '../contract/options.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { CheckReport, CloseReport, ServiceSummary, Stats } from '../contract/report.ts'
import { Lifecycle } from '../kernel/lifecycle.ts'
import { runBatch } from './batch.ts'
import { checkPlan } from './check.ts'
import { checkCallback, checkCloseOptions, checkExecuteOptions, checkSignal } from './execute-options.ts'
import { Runtime } from './runtime.ts'
import { readPlan } from './service-registry.ts'
import { type StreamItem, streamOutcomes } from './stream.ts'

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
  readonly #runtime: Runtime
  readonly #lifecycle = new Lifecycle()
  #closing: Promise<CloseReport> | undefined

  private constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /**
   * Reads a configuration, loads its middleware, opens its workers and resolves when all of them are ready.
   *
   * @param source The path of a `services.json`, or an object of the same form.
   * @param options `workers` and `engine` override the file; `logger` and `logLevel` say where records go.
   * @throws {TroupeError} `CONFIG_NOT_FOUND`; `CONFIG_INVALID` with every problem in `details`;
   *   `COMPONENT_PATH_FORBIDDEN`; `MIDDLEWARE_ERROR` for a middleware that cannot be loaded; `COMPONENT_LOAD_FAILED`
   *   for a service with `preload`; `WORKER_CRASHED` where a thread does not come up. Nothing is left running then.
   */
  static async start(source: string | object = 'services.json', options: StartOptions = {}): Promise<Supervisor> {
    const plan = await readPlan(source, options)
    const runtime = await Runtime.create(plan, options, () => supervisor.#refusal())
    const supervisor: Supervisor = new Supervisor(runtime)
    supervisor.#lifecycle.move('starting')
    await runtime.start()
    supervisor.#lifecycle.move('running')
    return supervisor
  }

  /**
   * Reads a configuration, loads every component of it once in a worker, and reports on each.
   *
   * @throws {TroupeError} As `start` does for a configuration or a middleware that is not valid.
   */
  static async check(source: string | object = 'services.json', options: StartOptions = {}): Promise<CheckReport> {
    return await checkPlan(await readPlan(source, options), options)
  }

  /**
   * Runs one context and resolves with its component's result.
   *
   * @param context A plain, structured-clonable object with `service_id`. It must not change until it has settled.
   * @param options `signal` cancels; `timeoutMs` counts from the start of the run, `deadlineMs` from now.
   * @throws {TroupeError} Whose `code` says what went wrong and whose `outcome` how far the component came.
   * @throws {RangeError} A time in `options` is no number of milliseconds.
   */
  execute(context: Context, options: ExecuteOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      checkExecuteOptions(options)
      this.#runtime.intake.submit(context, options, (outcome) => {
        if (outcome.ok) resolve(outcome.value)
        else reject(outcome.error)
      })
    })
  }

  /**
   * Runs many contexts; waits for room in mailboxes where `execute` would reject. One that fails fails alone.
   *
   * @returns The outcomes, in input order: `{ ok: true, value }` or `{ ok: false, error }`.
   */
  async executeMany(contexts: readonly Context[], options: ManyOptions = {}): Promise<Outcome[]> {
    checkSignal(options.signal)
    checkCallback('onProgress', options.onProgress)
    if (!Array.isArray(contexts))
      throw new TypeError('executeMany needs an array of contexts; stream takes any iterable')
    return await runBatch(this.#runtime.intake, contexts, options)
  }

  /**
   * Runs the contexts of a source as its outcomes are taken: a slow reader slows the source down. Leaving the loop
   * cancels the rest. An error of the source is thrown once the outcomes of what it gave have been taken.
   *
   * @param options `ordered: false` yields outcomes as they are ready; input order otherwise.
   */
  stream(
    source: Iterable<Context> | AsyncIterable<Context>,
    options: StreamOptions = {},
  ): AsyncGenerator<StreamItem, void, undefined> {
    checkSignal(options.signal)
    checkCallback('onProgress', options.onProgress)
    if (!(Symbol.asyncIterator in Object(source) || Symbol.iterator in Object(source))) {
      throw new TypeError('stream needs an iterable or an async iterable of contexts')
    }
    return streamOutcomes(this.#runtime.intake, source, options)
  }

  /** The registered services, in the order of the configuration, each with its steps, modules and middleware. */
  services(): ServiceSummary[] {
    return this.#runtime.summaries()
  }

  /** Counts since the start, and the state now. */
  stats(): Stats {
    return this.#runtime.stats()
  }

  /** Calls `listener` whenever `name` happens. One that throws is logged and disturbs nothing. Returns how to stop. */
  on<Name extends EventName>(name: Name, listener: (event: EventMap[Name]) => void): () => void {
    if (typeof listener !== 'function') throw new TypeError('on needs a function as its listener')
    return this.#runtime.events.on(name, listener)
  }

  /**
   * Accepts nothing more, lets what was accepted end, and ends every worker. What has not ended within the limit is
   * cut off with `SHUTTING_DOWN`. Calling it again gives the same promise.
   *
   * @param options `timeoutMs`, 10,000 by default; 0 cuts off at once.
   * @throws {RangeError} `timeoutMs` is no number of milliseconds.
   */
  close(options: { readonly timeoutMs?: number } = {}): Promise<CloseReport> {
    checkCloseOptions(options)
    this.#closing ??= this.#close(options.timeoutMs ?? CLOSE_MS)
    return this.#closing
  }

  async #close(timeoutMs: number): Promise<CloseReport> {
    this.#lifecycle.move('draining')
    const report = await this.#runtime.close(timeoutMs)
    this.#lifecycle.move('closed')
    return report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #refusal(): TroupeError | undefined {
    if (this.#lifecycle.state === 'running') return undefined
    return new TroupeError('SHUTTING_DOWN', 'The supervisor is shutting down and accepts no contexts')
  }
}
