import { types } from 'node:util'
import type { RoutedContext } from '../contract/context.ts'
import type { StepPlan } from '../contract/plan.ts'
import { TroupeError } from '../contract/errors.ts'
import type { LaneMarks } from '../kernel/lane-marks.ts'
import { hasPath, readPath, withPath } from '../kernel/own-path.ts'
import { stepStage } from '../kernel/stage.ts'
import { addSuppressed } from '../kernel/thrown.ts'
import { findUnclonable } from '../kernel/unclonable.ts'
import type { LoadedComponent } from './component-loader.ts'
import { executeComponent, failure } from './execute-component.ts'
import { holds } from './when.ts'
import type { WorkerScope } from './worker-scope.ts'

type Fields = Record<string, unknown>

/** Runs the steps of one service on one context, in order; resolves with the final context. */
export async function runSteps(
  components: readonly LoadedComponent[],
  context: RoutedContext,
  scope: WorkerScope,
  marks: LaneMarks,
): Promise<RoutedContext> {
  let current: RoutedContext = { ...context }
  const completed: LoadedComponent[] = []
  for (const [index, loaded] of components.entries()) {
    const { step } = loaded
    marks.enter(stepStage(index))
    let result: unknown
    try {
      if (step.when && !holds(step.when, current)) continue
      result = await executeComponent(loaded, inputOf(step, current), scope)
      current = merged(current, outputOf(step, result, current))
      completed.push(loaded)
    } catch (thrown) {
      const error = isOwn(thrown) ? thrown : unreadable(step, result, current, thrown)
      if (step.onError === 'skip' && !scope.isOwnCancellation(error)) {
        current = skipped(step, current, error)
        continue
      }
      if (step.onError !== 'compensate') throw error
      throw await compensated(completed, current, scope, error)
    }
  }
  return current
}

/** What the step sees: the context, with the mapped fields added. */
function inputOf(step: StepPlan, context: RoutedContext): RoutedContext {
  let seen: Fields = { ...context }
  for (const [field, path] of Object.entries(step.inputMapping ?? {}))
    seen = withPath(seen, field, readPath(context, path))
  return seen as RoutedContext
}

/** What the step adds to the context: all of its result, or the mapped fields alone. */
function outputOf(step: StepPlan, result: unknown, context: RoutedContext): Fields | undefined {
  if (!isFields(result)) return undefined
  if (!step.outputMapping) return result
  let output: Fields = { ...context }
  for (const [field, path] of Object.entries(step.outputMapping)) {
    if (hasPath(result, field)) output = withPath(output, path, readPath(result, field))
  }
  return output
}

/** The context with a step's output over it. Where the context is routed, and prototypes, are not a step's to change. */
function merged(context: RoutedContext, output: Fields | undefined): RoutedContext {
  if (!output) return context
  const next: Fields = { ...context }
  for (const key of Object.keys(output)) if (key !== '__proto__') next[key] = output[key]
  return { ...next, service_id: context.service_id, request_id: context.request_id }
}

/** Whether the runtime made the error, as it does of whatever a component throws. */
function isOwn(thrown: unknown): thrown is TroupeError {
  return types.isNativeError(thrown) && thrown instanceof TroupeError
}

/** Of a step's result, or of an earlier one's in the context: a getter or a Proxy of a component's threw. */
function unreadable(step: StepPlan, result: unknown, context: RoutedContext, cause: unknown): TroupeError {
  const { path, what } = result === undefined ? findUnclonable(context, 'context') : findUnclonable(result, 'result')
  const message = `Step ${step.name} of ${context.service_id} met what cannot be read: ${path} is ${what}; return plain values`
  const about = { serviceId: context.service_id, requestId: context.request_id }
  return new TroupeError('RESULT_NOT_SERIALIZABLE', message, {
    ...about,
    cause,
    details: { step: step.name, path, what },
  })
}

function skipped(step: StepPlan, context: RoutedContext, error: TroupeError): RoutedContext {
  const earlier = Array.isArray(context['warnings']) ? (context['warnings'] as unknown[]) : []
  const warning = { step: step.name, code: error.code, message: error.message }
  // Each execution gets a copy of its own, since a later step may change what it is given.
  const fallback = structuredClone(step.fallbackOutput) as Fields | undefined
  return { ...merged(context, fallback), warnings: [...earlier, warning] }
}

/** Undoes the completed steps in reverse; one that cannot be undone does not keep the others from it. */
async function compensated(
  completed: readonly LoadedComponent[],
  context: RoutedContext,
  scope: WorkerScope,
  original: TroupeError,
): Promise<TroupeError> {
  let error = original
  for (const loaded of completed.toReversed()) {
    try {
      await loaded.component.compensate?.({ ...context }, scope)
    } catch (thrown) {
      const second = failure(loaded, context, scope, thrown)
      scope.log.warn({ step: loaded.step.name, err: second }, 'Compensation failed')
      error = addSuppressed(error, `compensate:${loaded.step.name}`, second)
    }
  }
  return error
}

function isFields(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const tag = Object.prototype.toString.call(value)
  return tag === '[object Object]' && !('then' in value && typeof value.then === 'function')
}
