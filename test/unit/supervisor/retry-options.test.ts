import { describe, expect, it } from 'vitest'
import { readPlan } from '../../../src/supervisor/service-registry.ts'

const echo = { module: 'troupe:echo', class: 'Echo' }
const planOf = (more: object) => readPlan({ services: { a: { ...echo, ...more } } })

describe('options of retries and circuits', () => {
  it('are off by default, and have defaults of their own', async () => {
    const [plain] = (await planOf({})).services
    expect([plain?.retry, plain?.breaker]).toEqual([undefined, undefined])
    const [given] = (await planOf({ max_attempts: 2, idempotent: true, breaker: {} })).services
    expect(given).toMatchObject({
      retry: { maxAttempts: 2, backoffMs: 100, maxBackoffMs: 10_000, idempotent: true },
      breaker: { threshold: 0.5, minimum: 10, windowMs: 10_000, openMs: 10_000 },
    })
  })

  it.each([
    ['a code that is none', { retry_on: ['TIMEOUT', 'COMPONENT_FAILD'] }, 'services.a.retry_on[1]', 'COMPONENT_FAILED'],
    ['a code that ends for good', { retry_on: ['CANCELLED'] }, 'services.a.retry_on[0]', undefined],
    ['no code', { retry_on: [] }, 'services.a.retry_on', undefined],
    ['no attempt', { max_attempts: 0 }, 'services.a.max_attempts', undefined],
    ['half an attempt', { max_attempts: 1.5 }, 'services.a.max_attempts', undefined],
    ['a bound below the backoff', { max_backoff_ms: 50 }, 'services.a.max_backoff_ms', undefined],
    ['a threshold above 1', { breaker: { threshold: 2 } }, 'services.a.breaker.threshold', undefined],
    ['a threshold of 0', { breaker: { threshold: 0 } }, 'services.a.breaker.threshold', undefined],
    ['a key that is misspelt', { breaker: { treshold: 1 } }, 'services.a.breaker.treshold', 'threshold'],
  ])('refuse %s', async (_what, more, path, nearest) => {
    const problem = nearest === undefined ? { path } : { path, nearest }
    await expect(planOf({ max_attempts: 2, ...more })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: [problem],
    })
  })

  it('warn of what has no effect', async () => {
    const { warnings } = await planOf({ backoff_ms: 5, retry_on: ['TIMEOUT'] })
    expect(warnings).toEqual([
      'services.a.backoff_ms: has no effect without max_attempts',
      'services.a.retry_on: has no effect without max_attempts',
    ])
  })
})
