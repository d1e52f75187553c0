import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseServices } from '../../../src/contract/parse-services.ts'
import { servicesJsonSchema } from '../../../src/contract/services-schema.ts'

const echo = { module: './echo.ts', class: 'Echo' }

test('services.schema.json is the one that `npm run build` writes', () => {
  const written: unknown = JSON.parse(readFileSync('services.schema.json', 'utf8'))
  expect(written).toEqual(servicesJsonSchema())
})

test('every field of services.schema.json is described, for editors', () => {
  const bare: string[] = []
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    for (const [name, field] of Object.entries((schema as { properties?: object }).properties ?? {})) {
      if (!('description' in (field as object))) bare.push(`${path}.${name}`)
    }
    // The condition of a branch names a field that is described elsewhere.
    for (const [key, child] of Object.entries(schema)) if (key !== 'if') visit(child, `${path}.${key}`)
  }
  visit(servicesJsonSchema(), '$')
  expect(bare).toEqual([])
})

describe('parseServices', () => {
  test('accepts every key that is known', () => {
    const config = {
      $schema: './services.schema.json',
      pools: {
        p: { engine: 'inline', workers: 'auto', max_restarts: 0, within_ms: 1 },
        q: {
          resource_limits: {
            max_old_generation_size_mb: 16,
            max_young_generation_size_mb: 1,
            code_range_size_mb: 1,
            stack_size_mb: 1,
          },
          recycle_after: 1,
          recycle_at_mb: 16,
          env: [],
          exec_argv: [],
        },
      },
      middleware: [{ use: 'logging', name: 'x', config: {}, side: 'worker', scope: { include: ['a'] }, enabled: true }],
      services: {
        a: {
          ...echo,
          config: {},
          timeout_ms: 1,
          deadline_ms: 2_147_483_647,
          grace_ms: 1,
          idempotent: true,
          preload: true,
        },
        b: {
          mailbox: 1,
          pool: 'p',
          load_timeout_ms: 1,
          warn_after_ms: 1,
          steps: [{ ...echo, when: { path: 'a.0.b', in: [] } }],
        },
      },
    }
    expect(parseServices(config)).toEqual({ ok: true, config })
  })

  test('says of an unknown key which ones are known', () => {
    const parsed = parseServices({ services: { a: { ...echo, timout_ms: 1 } } })
    expect(parsed).toMatchObject({
      ok: false,
      problems: [{ path: ['services', 'a', 'timout_ms'], message: 'is not a known key' }],
    })
    expect(parsed.ok ? [] : parsed.problems[0]?.known).toContain('timeout_ms')
  })

  test.each([
    [{ timeout_ms: 0 }, 'must be at least 1, but is 0'],
    [{ timeout_ms: -1 }, 'must be at least 1, but is -1'],
    [{ timeout_ms: 1.5 }, 'must be a whole number, but is 1.5'],
    [{ timeout_ms: '5' }, 'must be a finite number, but is "5"'],
    [{ timeout_ms: Infinity }, 'must be a finite number, but is Infinity'],
    [{ timeout_ms: 2 ** 31 }, 'must be at most 2147483647, but is 2147483648'],
    [{ mailbox: 0 }, 'must be at least 1, but is 0'],
    [{ preload: 'yes' }, 'must be true or false, but is "yes"'],
    [{ class: 'then' }, expect.stringMatching(/^must be the name of an export/)],
    [{ class: 'a.b' }, expect.stringMatching(/^must be the name of an export/)],
    [{ config: [] }, 'must be an object, but is an array'],
    [{ steps: {} }, 'must be an array, but is an object'],
    [{ steps: [] }, 'must not be empty'],
  ])('rejects the service field %j', (field, message) => {
    const parsed = parseServices({ services: { a: { ...echo, ...field } } })
    expect(parsed).toMatchObject({ ok: false, problems: [{ path: ['services', 'a', Object.keys(field)[0]], message }] })
  })

  test.each(['', '.', 'a..b', '.a', 'a.', '__proto__', 'a.constructor', 'prototype.b'])(
    'rejects the dotted path %j',
    (path) => {
      const parsed = parseServices({ services: { a: { steps: [{ ...echo, when: { path, exists: true } }] } } })
      expect(parsed).toMatchObject({ ok: false, problems: [{ path: ['services', 'a', 'steps', 0, 'when', 'path'] }] })
    },
  )
})
