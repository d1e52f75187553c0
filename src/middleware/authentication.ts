import { createHash, timingSafeEqual } from 'node:crypto'
import type { RoutedContext } from '../contract/context.ts'
import { TroupeError } from '../contract/errors.ts'
import type { Middleware, MiddlewareHost } from '../contract/middleware.ts'
import { ConfigReader } from './config-reader.ts'

/**
 * Lets a context pass whose `authorization` is `Bearer <token>`, with the token that the environment variable
 * `token_env` held at start, and removes that field. Services in `bypass_services` need no token.
 */
export function authentication(config: unknown, host: MiddlewareHost): Middleware {
  const read = new ConfigReader('authentication', config)
  const tokenEnv = read.string('token_env', 'TROUPE_TOKEN')
  const bypass = new Set(read.strings('bypass_services'))
  for (const service of bypass) {
    if (!host.services.has(service)) read.problem('bypass_services', `names "${service}", which is no service`)
  }
  const token = process.env[tokenEnv]
  // Without a token to compare with, nobody can be let in, and nobody must be.
  if (!token) read.problem('token_env', `names ${tokenEnv}, which is not set in the environment`)
  read.end()

  const expected = digest(token!)
  // Another middleware may send the context on to a second service, whose chain comes here again when the token has
  // been removed. Copies of a context keep this field, clones of it do not, and nobody outside the process can make it.
  const admitted = Symbol('authenticated')

  return (context, next) => {
    // Spread first: it leaves behind what is only inherited.
    const { authorization, ...rest } = { ...context } as RoutedContext & { readonly [admitted]?: true }
    const passed = rest[admitted] === true || matches(authorization, expected)
    if (!passed && !bypass.has(context.service_id)) throw refusal(context, authorization === undefined)
    return next((passed ? { ...rest, [admitted]: true } : rest) as RoutedContext)
  }
}

function matches(authorization: unknown, expected: Buffer): boolean {
  if (typeof authorization !== 'string') return false
  const given = /^Bearer +(.+)$/is.exec(authorization)?.[1]
  // Digests are of one length, as `timingSafeEqual` needs, and hide that of the token.
  return given !== undefined && timingSafeEqual(digest(given), expected)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function refusal(context: RoutedContext, absent: boolean): TroupeError {
  const message = absent
    ? `Service "${context.service_id}" needs authentication: set authorization to "Bearer <token>"`
    : `Service "${context.service_id}" refused the authorization it was given`
  return new TroupeError('UNAUTHENTICATED', message, {
    serviceId: context.service_id,
    requestId: context.request_id,
  })
}
