import { resolve } from 'node:path'
import type { Plan } from '../contract/plan.ts'
import type { CloseReport, Stats } from '../contract/report.ts'
import { EXPERIMENT_SHARE } from '../contract/experiment-slice.ts'
import { TroupeError } from '../contract/errors.ts'
import { addStats, withEarlier } from './earlier-stats.ts'
import type { Lasting } from './lasting.ts'
import { openRuntime } from './open-runtime.ts'
import type { Runtime } from './runtime.ts'
import { readPlan } from './service-registry.ts'
import type { Share } from './shares.ts'

// For the components of a version that was replaced, to be disposed of; nobody waits for that.
const DISPOSE_MS = 10_000

/** Where a configuration comes from: a file, or an object of its form. */
export type ConfigSource = string | object

/**
 * The runtime that accepts contexts, and those that a reload has replaced: they live until what they accepted has ended,
 * so that every context runs to its end on the version that accepted it.
 */
export class Versions {
  readonly #lasting: Lasting
  readonly #replaced = new Set<Runtime>()
  readonly #ending = new AbortController()
  #current: Runtime
  /** What `reload` reads where it is told nothing else. */
  #source: ConfigSource
  #reloading: Promise<void> = Promise.resolve()
  /** What was shared while another version came up, whose lanes may not have been told. */
  #sharedMeanwhile: Share[] = []
  /** What versions counted that have ended. */
  #past: Stats | undefined

  /** @param source Where `first` comes from. */
  constructor(first: Runtime, lasting: Lasting, source: ConfigSource) {
    this.#current = first
    this.#lasting = lasting
    this.#source = source
  }

  /** The one that accepts contexts. */
  get current(): Runtime {
    return this.#current
  }

  /** Replaces the current version, one reload after the other; where it fails, nothing has changed. */
  reload(source: ConfigSource | undefined): Promise<void> {
    const given = source === undefined ? undefined : pinned(source)
    const reloaded = this.#reloading.then(() => this.#replace(given ?? this.#source))
    this.#reloading = reloaded.catch(() => {})
    return reloaded
  }

  async #replace(source: ConfigSource): Promise<void> {
    const { signal } = this.#ending
    if (signal.aborted) throw signal.reason
    this.#sharedMeanwhile = []
    const next = await openRuntime(this.#read(source), this.#lasting, signal)
    // From here on nothing is awaited: a context comes to the one version or to the other.
    if (signal.aborted) {
      await next.close(0)
      throw signal.reason
    }
    const replaced = this.#current
    for (const share of this.#sharedMeanwhile) next.share(share)
    next.succeed(replaced)
    this.#current = next
    this.#source = source
    this.#replaced.add(replaced)
    void this.#retire(replaced)
    const { services, pools } = next.plan
    this.#lasting.logger.log.info({ services: services.length, pools: pools.length }, 'Configuration reloaded')
  }

  #read(source: ConfigSource): Promise<Plan> {
    const { options } = this.#lasting
    // An object comes from nowhere: its modules lie where those of the version before did. The program may be in
    // another folder by now, so a root that was given is taken as it was found at the start.
    const isGiven = options.root !== undefined || typeof source !== 'string'
    return readPlan(source, isGiven ? { ...options, root: this.#current.plan.root } : options)
  }

  async #retire(replaced: Runtime): Promise<void> {
    await replaced.whenIdle()
    const { zombies } = await replaced.close(DISPOSE_MS)
    // Whether they are still there then, `close` has to say.
    if (zombies > 0) return
    this.#replaced.delete(replaced)
    this.#past = this.#past ? addStats(replaced.stats(), this.#past) : replaced.stats()
  }

  /** Lets the workers of every version have a value. */
  share(name: string, value: unknown): void {
    if (typeof name === 'string' && name.startsWith(EXPERIMENT_SHARE))
      throw new TypeError(
        `share cannot use the name ${name}: those that begin with ${EXPERIMENT_SHARE} are experiments`,
      )
    const share = this.#lasting.shares.put(name, value)
    for (const runtime of [this.#current, ...this.#replaced]) runtime.share(share)
    this.#sharedMeanwhile = [...this.#sharedMeanwhile.filter((one) => one.name !== name), share]
  }

  /** Counts of all versions since the start; state and costs of the current one. */
  stats(): Stats {
    const earlier = [...this.#replaced].map((runtime) => runtime.stats())
    if (this.#past) earlier.push(this.#past)
    const now = this.#current.stats()
    return earlier.length === 0 ? now : withEarlier(now, earlier)
  }

  /** Closes all of them within the limit, and gives up a reload that is under way. */
  async close(timeoutMs: number): Promise<CloseReport> {
    this.#ending.abort(new TroupeError('SHUTTING_DOWN', 'The supervisor is shutting down; it keeps its configuration'))
    const all = [this.#current, ...this.#replaced]
    const [reports] = await Promise.all([Promise.all(all.map((runtime) => runtime.close(timeoutMs))), this.#reloading])
    return {
      cutOff: {
        waiting: sum(reports.map(({ cutOff }) => cutOff.waiting)),
        running: sum(reports.map(({ cutOff }) => cutOff.running)),
      },
      errors: reports.flatMap(({ errors }) => errors),
      zombies: sum(reports.map(({ zombies }) => zombies)),
    }
  }
}

/** A source that names the same file wherever the program goes. */
export function pinned(source: ConfigSource): ConfigSource {
  return typeof source === 'string' ? resolve(source) : source
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
