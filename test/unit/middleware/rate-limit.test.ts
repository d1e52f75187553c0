import { describe, expect, it } from 'vitest'
import { rateLimit } from '../../../src/middleware/rate-limit.ts'
import { makeHost, stand } from './stage.ts'

function limited(config: object) {
  const clock = { now: 0 }
  const middleware = rateLimit(config, makeHost(), () => clock.now)
  const { run, terminal } = stand(middleware)
  const passes = async (fields: object = {}) =>
    run(fields).then(
      () => true,
      (error: { code: string }) => (expect(error.code).toBe('RATE_LIMITED'), false),
    )
  return { clock, run, terminal, passes, middleware }
}

describe('rateLimit', () => {
  it('allows a burst, then refuses with the time to wait, then allows again', async () => {
    const { clock, run, passes, terminal } = limited({ requests_per_minute: 60, burst: 2 })
    expect([await passes(), await passes(), await passes()]).toEqual([true, true, false])
    clock.now = 400
    await expect(run()).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      outcome: 'not_started',
      retryable: true,
      details: { retry_after_ms: 600 },
    })
    clock.now = 1000
    expect([await passes(), await passes()]).toEqual([true, false])
    expect(terminal).toHaveBeenCalledTimes(3)
  })

  it.each([
    [30, 1],
    [60, 1],
    [61, 2],
    [600, 10],
  ])('at %d requests per minute has a burst of %d by default', async (perMinute, burst) => {
    const { passes } = limited({ requests_per_minute: perMinute })
    for (let taken = 0; taken < burst; taken++) expect(await passes()).toBe(true)
    expect(await passes()).toBe(false)
  })

  it('keeps a bucket for each value of the field, and one for contexts without it', async () => {
    const { passes } = limited({ requests_per_minute: 1, by: 'data.client' })
    const contexts = [
      { data: { client: 'a' } },
      { data: { client: 'b' } },
      { data: { client: 1 } },
      { data: { client: '1' } },
    ]
    contexts.push({ data: { client: {} as never } }, {} as never, { data: { client: 'x'.repeat(1000) } })
    for (const context of contexts) expect(await passes(context)).toBe(true)
    for (const context of contexts) expect(await passes(context)).toBe(false)
    expect(await passes({ data: Object.create({ client: 'new' }) as object })).toBe(false)
    expect(await passes({ data: { client: null } })).toBe(false)
  })

  it('keeps 10,000 buckets at most, and forgets the one that was idle longest', async () => {
    const { passes, middleware } = limited({ requests_per_minute: 1, by: 'client' })
    await passes({ client: 'first' })
    await passes({ client: 'second' })
    expect(await passes({ client: 'first' })).toBe(false)
    for (let client = 0; client < 9_999; client++) await passes({ client })
    expect(middleware.stats!()).toMatchObject({ buckets: 10_000 })
    expect(await passes({ client: 'first' })).toBe(false)
    expect(await passes({ client: 'second' })).toBe(true)
    expect(middleware.stats!()).toEqual({ buckets: 10_000, refused: 2 })
  })
})
