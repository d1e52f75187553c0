import { types } from 'node:util'
import type { RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import { isThenable } from '../kernel/thenable.ts'
import { fromWireError, toWireError } from '../kernel/wire-error.ts'
import type { LoadedComponent } from './component-loader.ts'
import { type SchemaVerdict, checkSchema } from './schema-check.ts'
import type { WorkerScope } from './worker-scope.ts'

/** Runs one component on one context. Stays synchronous where the component does and nothing has to be checked. */
export function executeComponent(loaded: LoadedComponent, context: RoutedContext, scope: WorkerScope): unknown {
  if (scope.checksSchemas && (loaded.input || loaded.output)) return executeChecked(loaded, context, scope)
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

async function executeChecked(loaded: LoadedComponent, context: RoutedContext, scope: WorkerScope): Promise<unknown> {
  const about = { serviceId: context.service_id, requestId: context.request_id }
  let checked = context
  if (loaded.input) {
    const verdict = await checkSchema(loaded.input, context, 'context')
    if (verdict.issues !== undefined) {
      const message = `Input of ${loaded.step.class} is invalid: ${listed(verdict)}`
      throw new TroupeError('INPUT_INVALID', message, {
        ...about,
        details: { step: loaded.step.name, issues: verdict.issues },
      })
    }
    // A schema names the fields it knows and drops the rest, which other components may need.
    checked = {
      ...context,
      ...(verdict.value as object),
      service_id: context.service_id,
      request_id: context.request_id,
    }
  }
  let result: unknown
  try {
    result = await loaded.component.execute(checked, scope)
  } catch (thrown) {
    throw failure(loaded, context, scope, thrown)
  }
  if (!loaded.output) return result
  const verdict = await checkSchema(loaded.output, result, 'result')
  if (verdict.issues === undefined) return verdict.value
  const message = `Result of ${loaded.step.class} is invalid: ${listed(verdict)}`
  throw new TroupeError('OUTPUT_INVALID', message, {
    ...about,
    details: { step: loaded.step.name, issues: verdict.issues },
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
  const wire = toWireError(thrown)
  return new TroupeError('COMPONENT_FAILED', wire.message, {
    // Whatever was thrown, the cause is an error; one that hides behind a Proxy is taken at its words.
    cause: types.isNativeError(thrown) ? thrown : fromWireError(wire),
    retryable: readRetryable(thrown),
    serviceId: context.service_id,
    requestId: context.request_id,
    details: { step: loaded.step.name, class: loaded.step.class, ...(wire.thrown && { thrown: wire.thrown.value }) },
  })
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

function listed(verdict: SchemaVerdict): string {
  return (verdict.issues ?? []).map(({ path, message }) => `${path}: ${message}`).join('; ')
}
