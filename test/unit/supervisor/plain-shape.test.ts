import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseServices } from '../../../src/contract/parse-services.ts'
import { retryCodes } from '../../../src/contract/retry-codes.ts'
import { stockConfigs } from '../../../src/contract/stock-configs.ts'
import { isStock, stockMiddlewareNames } from '../../../src/contract/stock-middleware.ts'
import { bareCopy } from '../../../src/kernel/bare-object.ts'
import { hasPlainShape } from '../../../src/supervisor/plain-shape.ts'

const echo = { module: './echo.ts', class: 'Echo' }
const codes: readonly unknown[] = retryCodes
const numbers = { mailbox: 1, timeout_ms: 1, deadline_ms: 2_147_483_647, grace_ms: 1, load_timeout_ms: 1 }

const valid = {
  $schema: './services.schema.json',
  pools: {
    p: { engine: 'inline', workers: 'auto', max_restarts: 0, within_ms: 1, env: ['A'], exec_argv: ['--x'] },
    q: { workers: 2, resource_limits: { max_old_generation_size_mb: 16, stack_size_mb: 256 }, recycle_at_mb: 16 },
  },
  middleware: [
    { use: 'logging', name: 'x', config: { level: 'info', redact: ['a'] }, side: 'worker', scope: { include: ['a'] } },
    { use: 'rate-limit', config: { requests_per_minute: 0.5, burst: 1 } },
    { use: 'cache', config: { ttl_ms: 1, max_entries: 1_000_000 } },
    { use: 'split', config: { service: 'a', to: 'b', share: 0.5 } },
    { use: 'metrics', config: {} },
    { use: 'authentication' },
    { use: 'cache', enabled: false },
    { name: 'own', module: './own.ts', export: 'default', config: { any: [null, { thing: 1 }] }, enabled: true },
  ],
  services: {
    a: { ...echo, ...numbers, config: { x: { y: [] } }, idempotent: true, preload: false, pool: 'p' },
    b: {
      breaker: { threshold: 1, minimum: 1, window_ms: 1, open_ms: 1 },
      retry_on: ['TIMEOUT'],
      steps: [
        { ...echo, when: { path: 'a.0.b', in: [], gt: -1.5 }, input_mapping: { to: 'from.here' } },
        { ...echo, name: 's', on_error: 'skip', fallback_output: {}, output_mapping: { 'a.b': 'c.d' } },
      ],
    },
    c: { ...echo, class: '$über_1', actor: { mailbox: 1, policy: 'restart', after: ['a'], snapshot: true } },
  },
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(0, -1, 1.5, 17, 2 ** 31, 2 ** 53, NaN, Infinity, true, false, null),
  fc.constantFrom<unknown>('', 'a', 'then', 'a..b', '__proto__.a', 'a.constructor', 'auto', 'inline', 'skip', '5'),
  fc.constantFrom<unknown>('Ünï', 'a b', '1a', '𝒳', '\ud800', 'a\nb', 'a.b\n', 'worker', ...stockMiddlewareNames),
  fc.constantFrom<unknown>([], {}, [''], ['a'], [null], [{}], { a: 1 }, { '': echo }, { a: {} }, { 'a.b': 'c' }),
  fc.constant<unknown>(echo),
)

/** A change somewhere in the configuration: another value, a key less, or a key more. */
const change = fc.record({
  way: fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }),
  how: fc.constantFrom('replace', 'remove', 'add'),
  key: fc.constantFrom(
    'unknown',
    'config',
    'use',
    'enabled',
    'module',
    'steps',
    'workers',
    'a.b',
    '',
    'retries',
    'toString',
  ),
  value: odd,
})

function changed(changes: readonly { way: number[]; how: string; key: string; value: unknown }[]): unknown {
  const config = structuredClone(valid)
  for (const { way, how, key, value } of changes) {
    let at = config as Record<string, unknown>
    for (const [level, turn] of way.entries()) {
      const keys = Object.keys(at)
      const taken = keys[turn % Math.max(1, keys.length)]
      const inner = taken === undefined ? undefined : at[taken]
      if (level < way.length - 1 && typeof inner === 'object' && inner !== null) {
        at = inner as Record<string, unknown>
        continue
      }
      if (how === 'add' || taken === undefined) at[key] = structuredClone(value)
      else if (how === 'replace') at[taken] = structuredClone(value)
      else delete at[taken]
      break
    }
  }
  return config
}

/** What the schema library says, and what it makes of it. */
function parsed(config: unknown) {
  const result = parseServices(bareCopy(config).value)
  return result.ok ? { ok: true, config: bareCopy(result.config).value } : { ok: false }
}

/** Names that the shape leaves to the rules behind it, and of which an editor knows the list. */
function namesUnknown(config: unknown): boolean {
  let found = false
  JSON.stringify(config, (key, value: unknown) => {
    if (key === 'use' && typeof value === 'string' && !isStock(value)) found = true
    if (key === 'retry_on' && Array.isArray(value) && value.some((code) => !codes.includes(code))) found = true
    return value
  })
  return found
}

describe('hasPlainShape', () => {
  test('is sure of a configuration that has everything', () => {
    expect(parsed(valid)).toMatchObject({ ok: true })
    expect(hasPlainShape(bareCopy(valid).value)).toBe(true)
  })

  test('is sure of what the schema library accepts, and of nothing else, and the library changes none of it', () => {
    let accepted = 0
    let refused = 0
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const config = changed(changes)
        const bare = bareCopy(config).value
        const library = parsed(config)
        const sure = hasPlainShape(bare)
        if (sure) accepted++
        else refused++
        // The other way round it costs time alone.
        if (!namesUnknown(config)) expect(sure).toBe(library.ok)
        if (sure) expect(library).toEqual({ ok: true, config: bare })
      }),
      { numRuns: 1_000 },
    )
    expect(Math.min(accepted, refused)).toBeGreaterThan(100)
  })

  test.each(stockMiddlewareNames)('asks for the config of %s where it cannot do without', (use) => {
    const needed = !stockConfigs[use].safeParse({}).success
    expect(hasPlainShape({ services: {}, middleware: [{ use }] })).toBe(!needed)
    expect(hasPlainShape({ services: {}, middleware: [{ use, enabled: false }] })).toBe(true)
  })

  test.each([
    ['engine', '${ENGINE}'],
    ['workers', '${WORKERS}'],
    ['within_ms', 'about ${MS}'],
  ])('is not sure of a reference in %s, which an editor takes', (option, value) => {
    expect(hasPlainShape({ services: {}, pools: { p: { [option]: value } } })).toBe(false)
  })

  test('takes nothing from a polluted Object.prototype for a key of the schema or of the configuration', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>
    prototype['properties'] = { unknown: {} }
    prototype['unknown'] = {}
    prototype['services'] = {}
    try {
      expect(hasPlainShape(bareCopy({ services: { a: { ...echo, unknown: 1 } } }).value)).toBe(false)
      expect(hasPlainShape(bareCopy({}).value)).toBe(false)
      expect(hasPlainShape(bareCopy({ services: { a: echo } }).value)).toBe(true)
    } finally {
      for (const key of ['properties', 'unknown', 'services']) delete prototype[key]
    }
  })
})
