import type { RoutedContext } from '../contract/context.ts'
import { isAsRow, serviceOfTag } from '../kernel/rows/context-tag.ts'
import { isThenable } from '../kernel/thenable.ts'
import type { ChunkClock } from './chunk-clock.ts'
import { type Experiments, isOfExperiment } from './experiments.ts'
import type { OutcomeSender } from './outcome-sender.ts'
import type { ServiceRunner } from './service-runner.ts'
import { type LaneScope, WorkerScope } from './worker-scope.ts'

/** Runs the contexts of a lane through its services, which it loads when they are needed, one at a time. */
export class ContextRunner {
  readonly #lane: LaneScope
  readonly #sender: OutcomeSender
  readonly #clock: ChunkClock
  /** By the service's index. */
  services: readonly ServiceRunner[] = []
  /** The experiments that this lane knows, once it knows any. */
  experiments: Experiments | undefined
  /** The sequence of the last context that started, for errors that nobody awaited. */
  current: number | undefined

  constructor(lane: LaneScope, sender: OutcomeSender, clock: ChunkClock) {
    this.#lane = lane
    this.#sender = sender
    this.#clock = clock
  }

  /**
   * Runs one context; returns a promise where it has to be awaited. Never throws, and the promise never rejects.
   *
   * @param sentId Its request id where it came as a row, read before the component could set another.
   */
  run(context: RoutedContext, sequence: number, tag: number, sentId: string | undefined): Promise<void> | undefined {
    const service = serviceOfTag(tag)
    const runner = this.services[service]!
    const { marks } = this.#lane
    this.current = sequence
    marks.start(sequence)
    this.#sender.began = undefined
    if (marks.mustSkip(sequence)) {
      this.#sender.skip(sequence)
      return undefined
    }
    const { experiments } = this
    const isPart = experiments !== undefined && isOfExperiment(context)
    if (isPart) marks.turn(0)
    if (!runner.isLoaded) return this.#loadAndRun(context, sequence, tag, sentId)
    const asRow = isAsRow(tag)
    if (!asRow) this.#sender.began = this.#clock.began
    try {
      const result = isPart
        ? experiments.run(runner, context, service, sequence)
        : runner.run(context, new WorkerScope(this.#lane, context, service, sequence))
      if (!isThenable(result)) {
        this.#sender.succeed(runner, context, sequence, result, asRow, sentId)
        return undefined
      }
      return this.#sender.settle(runner, context, sequence, result, asRow, sentId)
    } catch (error) {
      this.#sender.fail(sequence, error)
      return undefined
    }
  }

  async #loadAndRun(context: RoutedContext, sequence: number, tag: number, sentId: string | undefined): Promise<void> {
    try {
      await this.load(serviceOfTag(tag))
      this.#clock.began = performance.now()
    } catch (error) {
      this.#sender.fail(sequence, error)
      return
    }
    await this.run(context, sequence, tag, sentId)
  }

  /** Loads a service, and says so. */
  async load(index: number): Promise<void> {
    await this.services[index]!.load()
    await this.report(index, false)
  }

  /** Loads a service where it is not, and says what became of it. */
  async report(index: number, asked: boolean): Promise<void> {
    const components = await this.services[index]!.report()
    this.#lane.post({ type: 'loaded', service: index, asked, components })
  }
}
