import { setTimeout as delay } from 'node:timers/promises'
import type { RoutedContext } from '../contract/context.ts'
import { TroupeError, isTroupeError } from '../contract/errors.ts'
import type { ComponentLoad } from '../contract/messages.ts'
import type { ServicePlan } from '../contract/plan.ts'
import type { Scope } from '../contract/scope.ts'
import type { Chain, Terminal } from '../kernel/chain.ts'
import type { LaneMarks } from '../kernel/lane-marks.ts'
import { resolveModule } from '../kernel/module-path.ts'
import { COMPONENT, LOADING } from '../kernel/stage.ts'
import { toWireError } from '../kernel/wire-error.ts'
import { type LoadedComponent, loadComponent, loadError } from './component-loader.ts'
import { disposeOf } from './dispose-component.ts'
import { executeComponent } from './execute-component.ts'
import { runSteps } from './steps.ts'
import type { WorkerScope } from './worker-scope.ts'

/** Worker-side middleware, composed: around a context; of an experiment, around a slice of runs and around each run. */
export interface RunnerChains {
  readonly context: Chain
  readonly slice: Chain
  readonly run: Chain
}

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000

/** One service in one lane: loads its components once, keeps them, and runs contexts through them. */
export class ServiceRunner {
  readonly plan: ServicePlan
  readonly #root: string
  readonly #marks: LaneMarks
  readonly #chains: RunnerChains
  #components: readonly LoadedComponent[] | undefined
  #loading: Promise<void> | undefined
  #failure: { readonly error: TroupeError; readonly retryAt: number } | undefined
  #attempts = 0
  /** Whether the component was reached by the context that ran last, and what it returned before middleware saw it. */
  wasReached = false
  lastResult: unknown

  constructor(plan: ServicePlan, root: string, marks: LaneMarks, chains: RunnerChains) {
    this.plan = plan
    this.#root = root
    this.#marks = marks
    this.#chains = chains
  }

  get isLoaded(): boolean {
    return this.#components !== undefined
  }

  /**
   * Loads every component of the service; none of its code runs before all are there. After a failure the same error
   * comes back at once for a while (1 s, then twice as long each time, 60 s at most); then the file is tried anew.
   *
   * @throws {TroupeError} `COMPONENT_LOAD_FAILED`, `COMPONENT_PATH_FORBIDDEN`
   */
  load(): Promise<void> {
    if (this.#components) return Promise.resolve()
    if (this.#failure && performance.now() < this.#failure.retryAt) return Promise.reject(this.#failure.error)
    this.#loading ??= this.#loadAll().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  async #loadAll(): Promise<void> {
    const attempt = this.#attempts++
    this.#marks.enter(LOADING)
    const limit = new AbortController()
    const loads = this.plan.steps.map((step) => loadComponent(step, this.#root, attempt))
    try {
      const tooLate = delay(this.plan.loadTimeoutMs, undefined, { signal: limit.signal }).then(() => {
        const [step] = this.plan.steps
        const { file } = resolveModule(step!.module, this.#root)
        const hint = 'a top-level await that never ends, a slow constructor, or an export called "then" can be why'
        throw loadError(step!, file, `it had not loaded after ${this.plan.loadTimeoutMs} ms: ${hint}`)
      })
      this.#components = await Promise.race([Promise.all(loads), tooLate])
      this.#failure = undefined
    } catch (error) {
      // Those that were made, or will be after the limit, are not used: another try makes its own.
      for (const load of loads) void load.then(({ component }) => component.dispose?.()).catch(() => {})
      const wait = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt, 16), LAST_RETRY_MS)
      this.#failure = { error: error as TroupeError, retryAt: performance.now() + wait }
      throw error
    } finally {
      limit.abort()
    }
  }

  /** Loads the service and says what became of each component, without throwing. */
  async report(): Promise<ComponentLoad[]> {
    const outcome = await this.load().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (outcome === undefined) {
      return (this.#components ?? []).map(({ step, file, warnings }) => ({ step: step.name, file, warnings }))
    }
    // Ask each on its own, so that one bad step does not hide what the others have to say.
    const attempt = this.#attempts++
    return Promise.all(
      this.plan.steps.map(async (step): Promise<ComponentLoad> => {
        const culprit = isTroupeError(outcome) && (outcome.details as { step?: string } | undefined)?.step === step.name
        if (culprit) return { step: step.name, error: toWireError(outcome), warnings: [] }
        try {
          const { file, warnings, component } = await loadComponent(step, this.#root, attempt)
          await component.dispose?.()
          return { step: step.name, file, warnings }
        } catch (error) {
          return { step: step.name, error: toWireError(error), warnings: [] }
        }
      }),
    )
  }

  /** Runs one context; only once loaded. Synchronous where middleware and component are. */
  run(context: RoutedContext, scope: WorkerScope): unknown {
    const components = this.#loaded()
    this.#marks.enter(COMPONENT)
    if (this.plan.workerMiddleware.length === 0) return this.#runComponents(components, context, scope)
    this.wasReached = false
    this.lastResult = undefined
    const terminal = (routed: RoutedContext) => {
      this.wasReached = true
      return this.#noted(this.#runComponents(components, routed, scope))
    }
    return this.#chains.context(context, terminal, scope, this.#marks)
  }

  /** Its component, where nothing else has a part in a run of an experiment: no step, no middleware, no schema to check. */
  get lone(): LoadedComponent | undefined {
    return this.plan.stepped || this.plan.workerMiddleware.length > 0 ? undefined : this.#loaded()[0]
  }

  /** Runs one run of an experiment; only once loaded. Synchronous where middleware and component are. */
  runOf(context: RoutedContext, scope: WorkerScope): unknown {
    const components = this.#loaded()
    this.#marks.enter(COMPONENT)
    if (this.plan.workerMiddleware.length === 0) return this.#runComponents(components, context, scope)
    return this.#chains.run(context, (routed) => this.#runComponents(components, routed, scope), scope)
  }

  /** Runs the middleware that sees an experiment by the slice around one. */
  aroundSlice(context: RoutedContext, slice: Terminal, scope: WorkerScope): unknown {
    return this.#chains.slice(context, slice, scope)
  }

  /** A method: a private accessor is a call into the engine's runtime, which every context would make. */
  #loaded(): readonly LoadedComponent[] {
    if (this.#components) return this.#components
    throw new TroupeError('COMPONENT_LOAD_FAILED', `Service ${this.plan.id} is not loaded`)
  }

  #runComponents(components: readonly LoadedComponent[], context: RoutedContext, scope: WorkerScope): unknown {
    return this.plan.stepped
      ? runSteps(components, context, scope, this.#marks)
      : executeComponent(components[0]!, context, scope)
  }

  /** Runs the middleware around what an actor of this service does. */
  around(context: RoutedContext, terminal: Terminal, scope: Scope): unknown {
    return this.#chains.context(context, terminal, scope, this.#marks)
  }

  #noted(result: unknown): unknown {
    if (result instanceof Promise) return result.then((value: unknown) => (this.lastResult = value))
    return (this.lastResult = result)
  }

  /** Disposes of the components, last first, each for itself; returns an error for each that did not end well. */
  async dispose(): Promise<TroupeError[]> {
    const components = this.#components ?? []
    this.#components = undefined
    const errors: TroupeError[] = []
    for (const loaded of components.toReversed()) {
      const error = await disposeOf(loaded, this.plan.id)
      if (error) errors.push(error)
    }
    return errors
  }
}
