import { types } from 'node:util'
import type { RoutedContext } from '../contract/context.ts'
import { type ErrorFields, TroupeError } from '../contract/errors.ts'
import type { Schema } from '../contract/schema.ts'
import { isThenable } from '../kernel/thenable.ts'
import { fromWireError, messageOf, toWireError } from '../kernel/wire-error.ts'
import { withoutStack } from '../kernel/without-stack.ts'
import type { LoadedComponent } from './component-loader.ts'
import { type LocatedIssue, type SchemaVerdict, checkSchema } from './schema-check.ts'
import type { WorkerScope } from './worker-scope.ts'

/** Runs one component on one context. Stays synchronous where the component and its schemas do. */
export function executeComponent(loaded: LoadedComponent, context: RoutedContext, scope: WorkerScope): unknown {
  if (!scope.checksSchemas || !(loaded.input || loaded.output)) return execute(loaded, context, scope)
  if (!loaded.input) return runAndCheck(loaded, context, scope)
  const verdict = checkSchema(loaded.input, context, 'context')
  if (!isThenable(verdict)) return runAndCheck(loaded, checkedInput(loaded, context, verdict), scope)
  return verdict.then((late) => runAndCheck(loaded, checkedInput(loaded, context, late), scope))
}

function execute(loaded: LoadedComponent, context: RoutedContext, scope: WorkerScope): unknown {
  try {
    const result = loaded.component.execute(context, scope)
    if (!isThenable(result)) return result
    return Promise.resolve(result).catch((thrown: unknown) => {
      throw failure(loaded, context, scope, thrown)
    })
  } catch (thrown) {
    throw failure(loaded, context, scope, thrown)
  }
}

/** Runs a component whose input has been checked, and checks its result where there is a schema for it. */
function runAndCheck(loaded: LoadedComponent, context: RoutedContext, scope: WorkerScope): unknown {
  const result = execute(loaded, context, scope)
  const { output } = loaded
  if (!output) return result
  return isThenable(result)
    ? result.then((late) => checkedOutput(loaded, output, context, late))
    : checkedOutput(loaded, output, context, result)
}

/** The context with what its schema made of it. */
function checkedInput(loaded: LoadedComponent, context: RoutedContext, verdict: SchemaVerdict): RoutedContext {
  if (verdict.issues !== undefined) throw invalid('INPUT_INVALID', loaded, context, verdict.issues)
  // A schema names the fields it knows and drops the rest, which other components may need.
  return {
    ...context,
    ...(verdict.value as object),
    service_id: context.service_id,
    request_id: context.request_id,
  }
}

function checkedOutput(loaded: LoadedComponent, output: Schema, context: RoutedContext, result: unknown): unknown {
  const valueOf = (verdict: SchemaVerdict): unknown => {
    if (verdict.issues !== undefined) throw invalid('OUTPUT_INVALID', loaded, context, verdict.issues)
    return verdict.value
  }
  const verdict = checkSchema(output, result, 'result')
  return isThenable(verdict) ? verdict.then(valueOf) : valueOf(verdict)
}

function invalid(
  code: 'INPUT_INVALID' | 'OUTPUT_INVALID',
  { step }: LoadedComponent,
  context: RoutedContext,
  issues: readonly LocatedIssue[],
): TroupeError {
  const listed = issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
  const message = `${code === 'INPUT_INVALID' ? 'Input' : 'Result'} of ${step.class} is invalid: ${listed}`
  return new TroupeError(code, message, {
    serviceId: context.service_id,
    requestId: context.request_id,
    details: { step: step.name, issues },
  })
}

/** What a component threw, as `COMPONENT_FAILED` with the original as its cause. */
export function failure(
  loaded: LoadedComponent,
  context: RoutedContext,
  scope: WorkerScope,
  thrown: unknown,
): TroupeError {
  if (scope.isOwnCancellation(thrown)) return thrown
  const { message, cause, details } = types.isNativeError(thrown) ? ofError(thrown) : ofOther(thrown)
  const fields: ErrorFields = {
    cause,
    retryable: readRetryable(thrown),
    serviceId: context.service_id,
    requestId: context.request_id,
    details: { step: loaded.step.name, class: loaded.step.class, ...details },
  }
  return withoutStack(() => new TroupeError('COMPONENT_FAILED', message, fields))
}

interface Thrown {
  readonly message: string
  /** Whatever was thrown, the cause is an error. */
  readonly cause: Error
  readonly details?: { readonly thrown: unknown } | undefined
}

function ofError(error: Error): Thrown {
  return { message: messageOf(error), cause: error }
}

/** An error that hides behind a Proxy is taken at its words. */
function ofOther(thrown: unknown): Thrown {
  const wire = toWireError(thrown)
  return { message: wire.message, cause: fromWireError(wire), details: wire.thrown && { thrown: wire.thrown.value } }
}

// An error, of the component's own too, may say that trying again is of no use. Nothing is read of what may be a Proxy.
function readRetryable(thrown: unknown): boolean {
  if (!types.isNativeError(thrown) || !Object.hasOwn(thrown, 'retryable')) return true
  try {
    return (thrown as { retryable?: unknown }).retryable !== false
  } catch {
    return true
  }
}
