import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConfigProblem, TroupeError } from '../../../src/contract/errors.ts'
import type { MiddlewareFactory } from '../../../src/contract/middleware.ts'
import { type StockMiddlewareName, stockMiddlewareNames } from '../../../src/contract/stock-middleware.ts'
import { loadStockMiddleware } from '../../../src/middleware/stock.ts'
import { readPlan } from '../../../src/supervisor/service-registry.ts'
import { makeHost } from './stage.ts'

beforeEach(() => vi.stubEnv('TROUPE_TOKEN', 'letmein'))
afterEach(() => void vi.unstubAllEnvs())

const valid: Record<StockMiddlewareName, object> = {
  logging: {},
  validation: {},
  authentication: {},
  'rate-limit': { requests_per_minute: 60 },
  metrics: {},
  cache: { ttl_ms: 1000 },
  split: { service: 'pricing', to: 'counter', share: 0.5 },
}

/** What the factory itself says, which workers ask without a schema library. */
async function problemsOf(name: StockMiddlewareName, config: unknown): Promise<readonly ConfigProblem[]> {
  const factory = await loadStockMiddleware(name)
  try {
    await factory(config as never, makeHost())
    return []
  } catch (error) {
    expect(error).toMatchObject({ name: 'TroupeError', code: 'CONFIG_INVALID', outcome: 'not_started' })
    expect((error as Error).message).toContain(name)
    return (error as TroupeError).details as ConfigProblem[]
  }
}

const component = { module: './component.ts', class: 'Component' }

/** What is said of a middleware list before anything of it is loaded: path → message. */
async function planProblems(middleware: object[]): Promise<Record<string, string>> {
  const config = { services: { pricing: component, counter: component }, middleware }
  const error = await readPlan(config).then(
    () => undefined,
    (thrown: unknown) => thrown as TroupeError,
  )
  const problems = (error?.details ?? []) as ConfigProblem[]
  return Object.fromEntries(problems.map(({ path, message }) => [path, message]))
}

describe('loadStockMiddleware', () => {
  it.each(stockMiddlewareNames)('loads %s, which makes a middleware from a valid config', async (name) => {
    const factory: MiddlewareFactory = await loadStockMiddleware(name)
    expect(await factory(valid[name] as never, makeHost())).toBeTypeOf('function')
  })
})

describe('the config of a stock middleware', () => {
  it.each(stockMiddlewareNames)('%s: names an unknown key and the nearest known one', async (name) => {
    const known = { ...valid[name], sid: 1 }
    expect(await problemsOf(name, known)).toContainEqual(
      expect.objectContaining({ path: 'config.sid', message: 'is not known' }),
    )
  })

  it.each(stockMiddlewareNames)('%s: must be an object', async (name) => {
    for (const wrong of [null, 'text', 7, []]) {
      expect(await problemsOf(name, wrong)).toContainEqual({ path: 'config', message: 'must be an object' })
    }
  })

  it('lists every problem at once', async () => {
    const problems = await problemsOf('rate-limit', { request_per_minute: 60, burst: 0, by: '' })
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'config.burst',
      'config.by',
      'config.request_per_minute',
      'config.requests_per_minute',
    ])
    expect(problems).toContainEqual({
      path: 'config.request_per_minute',
      message: 'is not known',
      nearest: 'requests_per_minute',
    })
  })

  const wrong: [StockMiddlewareName, object, string][] = [
    ['logging', { level: 'loud' }, 'level'],
    ['logging', { data: 'yes' }, 'data'],
    ['logging', { redact: 'pin' }, 'redact'],
    ['logging', { redact: ['pin', 1] }, 'redact'],
    ['validation', { required_fields: [''] }, 'required_fields'],
    ['validation', { max_payload_bytes: 0 }, 'max_payload_bytes'],
    ['validation', { max_payload_bytes: 1.5 }, 'max_payload_bytes'],
    ['validation', { max_payload_bytes: Infinity }, 'max_payload_bytes'],
    ['authentication', { token_env: 7 }, 'token_env'],
    ['authentication', { token_env: 'TROUPE_NOT_SET' }, 'token_env'],
    ['authentication', { bypass_services: ['nobody'] }, 'bypass_services'],
    ['rate-limit', {}, 'requests_per_minute'],
    ['rate-limit', { requests_per_minute: NaN }, 'requests_per_minute'],
    ['rate-limit', { requests_per_minute: '60' }, 'requests_per_minute'],
    ['rate-limit', { requests_per_minute: 60, burst: 0.5 }, 'burst'],
    ['cache', {}, 'ttl_ms'],
    ['cache', { ttl_ms: 0 }, 'ttl_ms'],
    ['cache', { ttl_ms: 2 ** 31 }, 'ttl_ms'],
    ['cache', { ttl_ms: 1, max_entries: -1 }, 'max_entries'],
    ['cache', { ttl_ms: 1, max_bytes: '1' }, 'max_bytes'],
    ['split', { to: 'counter', share: 1 }, 'service'],
    ['split', { service: 'pricing', share: 1 }, 'to'],
    ['split', { service: 'pricing', to: 'counter' }, 'share'],
    ['split', { service: 'pricing', to: 'counter', share: 1.1 }, 'share'],
    ['split', { service: 'pricing', to: 'nobody', share: 1 }, 'to'],
    ['split', { service: 'pricing', to: 'pricing', share: 1 }, 'to'],
  ]
  it.each(wrong)('%s: %j has one problem, at %s', async (name, config, key) => {
    expect((await problemsOf(name, config)).map(({ path }) => path)).toEqual([`config.${key}`])
  })

  it.each(wrong)('%s: %j is refused before anything is loaded, at %s', async (use, config, key) => {
    const paths = Object.keys(await planProblems([{ use, config }]))
    expect(paths).toHaveLength(1)
    expect(paths[0]).toMatch(new RegExp(`^middleware\\[0\\]\\.config\\.${key}(\\[|$)`))
  })

  it.each(stockMiddlewareNames)('%s: a valid one is accepted in a configuration', async (use) => {
    expect(await planProblems([{ use, config: valid[use] }])).toEqual({})
  })

  it('is checked for every middleware of a list at once, unless it is disabled', async () => {
    const problems = await planProblems([
      { use: 'logging', config: { leve: 'info' } },
      { use: 'cache', config: { ttl: 1 }, enabled: false },
      { use: 'rate-limit', config: { requests_per_minut: 60 }, scope: { include: ['nobody'] } },
      { use: 'split', config: { service: 'prising', to: 'counter', share: 2 } },
    ])
    expect(problems).toEqual({
      'middleware[0].config.leve': 'is not a known key; did you mean "level"?',
      'middleware[2].config.requests_per_minute': 'is missing',
      'middleware[2].config.requests_per_minut': 'is not a known key; did you mean "requests_per_minute"?',
      'middleware[2].scope.include[0]': 'names a service that is not there, "nobody"',
      'middleware[3].config.service': 'names a service that is not there, "prising"; did you mean "pricing"?',
      'middleware[3].config.share': 'must be at most 1, but is 2',
    })
  })

  it('of authentication is refused when the token is empty', async () => {
    vi.stubEnv('TROUPE_TOKEN', '')
    expect((await problemsOf('authentication', {})).map(({ path }) => path)).toEqual(['config.token_env'])
  })
})
