import type { RoutedContext } from '../contract/context.ts'
import { type ErrorFields, TroupeError } from '../contract/errors.ts'
import type { Middleware } from '../contract/middleware.ts'
import type { Scope } from '../contract/scope.ts'
import { readPath } from '../kernel/own-path.ts'
import { payloadSize } from '../kernel/payload-size.ts'
import { canCheckSchemas } from '../kernel/schema-checking-scope.ts'
import { watching } from '../kernel/watching.ts'
import { ConfigReader } from './config-reader.ts'

/**
 * Checks contexts and results: `required_fields` (dotted paths) must be there, neither may pass `max_payload_bytes`,
 * and both must satisfy the component's schemas.
 */
export function validation(config: unknown): Middleware {
  const read = new ConfigReader('validation', config)
  const requiredFields = read.strings('required_fields')
  const maxBytes = read.number('max_payload_bytes', { min: 1, integer: true })
  read.end()

  const check = (context: RoutedContext, scope: Scope): undefined => {
    if (requiredFields.length > 0) checkRequired(context, requiredFields)
    if (maxBytes !== undefined) checkSize(context, maxBytes, 'context', identify(context))
    if (canCheckSchemas(scope)) scope.checkSchemas()
    return undefined
  }
  if (maxBytes === undefined) return watching({ begin: check })
  return (context, next, scope) => {
    check(context, scope)
    return next(context).then((result) => {
      checkSize(result, maxBytes, 'result', { ...identify(context), outcome: 'failed' })
      return result
    })
  }
}

function checkRequired(context: RoutedContext, paths: readonly string[]): void {
  const missing = paths.filter((path) => readPath(context, path) === undefined)
  if (missing.length === 0) return
  throw new TroupeError('INPUT_INVALID', `The context lacks ${missing.join(', ')}`, {
    ...identify(context),
    details: { issues: missing.map((path) => ({ path, message: 'is required' })) },
  })
}

function checkSize(value: unknown, maxBytes: number, what: 'context' | 'result', fields: ErrorFields): void {
  if (payloadSize(value, maxBytes) <= maxBytes) return
  throw new TroupeError('PAYLOAD_TOO_LARGE', `The ${what} is larger than max_payload_bytes, ${maxBytes}`, {
    ...fields,
    details: { payload: what, max_payload_bytes: maxBytes },
  })
}

function identify(context: RoutedContext): ErrorFields {
  return { serviceId: context.service_id, requestId: context.request_id }
}
