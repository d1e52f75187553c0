import { describe, expect, it } from 'vitest'
import { cache } from '../../../src/middleware/cache.ts'
import { makeHost, stand } from './stage.ts'

function cached(config: object = {}, component: (context: object) => unknown = () => ({ prices: [1, 2] })) {
  const clock = { now: 1000 }
  const host = makeHost()
  const middleware = cache({ ttl_ms: 100, ...config }, host, () => clock.now)
  return { clock, host, stats: () => middleware.stats!(), ...stand(middleware, component) }
}

describe('cache', () => {
  it('answers an equal context of another request without the component', async () => {
    const { run, terminal, stats } = cached()
    const first = await run({ request_id: 'r-1', data: { a: 1 }, seed: 2 })
    expect(await run({ seed: 2, request_id: 'r-2', data: { a: 1 } })).toEqual(first)
    expect(terminal).toHaveBeenCalledTimes(1)
    expect(stats()).toMatchObject({ hits: 1, misses: 1, entries: 1 })
  })

  it('answers a context that differs in the order of nested keys', async () => {
    const { run, terminal } = cached()
    const at = new Date(0)
    await run({ data: { a: [{ b: 1, c: at }], d: 2 } })
    await run({ data: { d: 2, a: [{ c: at, b: 1 }] } })
    expect(terminal).toHaveBeenCalledTimes(1)
    await run({ data: { d: 2, a: [{ c: 1, b: at }] } })
    expect(terminal).toHaveBeenCalledTimes(2)
  })

  it.each<[string, object]>([
    ['another value', { data: { a: 2 } }],
    ['another type', { data: { a: '1' } }],
    ['a further field', { data: { a: 1 }, user: 'u' }],
    ['another authorization', { data: { a: 1 }, authorization: 'Bearer x' }],
  ])('does not answer a context with %s', async (_, other) => {
    const { run, terminal } = cached()
    await run({ data: { a: 1 } })
    await run(other)
    expect(terminal).toHaveBeenCalledTimes(2)
  })

  it('shares no object with any caller', async () => {
    const original = { prices: [1, 2] }
    const { run } = cached({}, () => original)
    const answers = [await run(), await run(), await run()] as (typeof original)[]
    for (const answer of answers) {
      expect(answer).toEqual({ prices: [1, 2] })
      answer.prices.push(3)
    }
    expect(await run()).toEqual({ prices: [1, 2] })
  })

  it('forgets after ttl_ms', async () => {
    const { run, terminal, clock } = cached({ ttl_ms: 100 })
    await run()
    clock.now += 99
    await run()
    expect(terminal).toHaveBeenCalledTimes(1)
    clock.now += 2
    await run()
    expect(terminal).toHaveBeenCalledTimes(2)
  })

  it('keeps max_entries at most, and drops the one used longest ago', async () => {
    const { run, terminal, stats } = cached({ max_entries: 2 })
    for (const data of [1, 2, 1, 3, 1]) await run({ data })
    expect(terminal).toHaveBeenCalledTimes(3)
    expect(stats()).toMatchObject({ entries: 2 })
    await run({ data: 2 })
    expect(terminal).toHaveBeenCalledTimes(4)
  })

  it('keeps max_bytes at most, and nothing that is larger alone', async () => {
    const { run, stats } = cached({ max_bytes: 2000 }, (context) => 'x'.repeat((context as { data: number }).data))
    for (const data of [500, 501, 502, 503, 504]) await run({ data })
    expect(stats()).toMatchObject({ entries: 3 })
    await run({ data: 3000 })
    expect(stats()['bytes']).toBeLessThanOrEqual(2000)
  })

  it.each([undefined, null, 0, ''])('keeps the result %j', async (value) => {
    const { run, terminal } = cached({}, () => value)
    expect([await run(), await run()]).toEqual([value, value])
    expect(terminal).toHaveBeenCalledTimes(1)
  })

  it('does not keep errors', async () => {
    let failures = 0
    const { run } = cached({}, () => {
      if (failures++ === 0) throw new Error('Broke')
      return 'value'
    })
    await expect(run()).rejects.toThrow('Broke')
    expect(await run()).toBe('value')
  })

  it('passes over contexts and results that cannot be cloned', async () => {
    const { run, terminal, stats } = cached({}, () => ({ call: () => 1 }))
    await run({ data: () => 1 })
    await run({ data: () => 1 })
    await run()
    await run()
    expect(terminal).toHaveBeenCalledTimes(4)
    expect(stats()).toEqual({ hits: 0, misses: 2, bypassed: 2, entries: 0, bytes: 0 })
  })

  it('does not act on a service that is not idempotent, and says so once', async () => {
    const { run, terminal, host } = cached()
    await run({ service_id: 'counter' })
    await run({ service_id: 'counter' })
    expect(terminal).toHaveBeenCalledTimes(2)
    expect(host.records).toHaveLength(1)
    expect(host.records[0]).toMatchObject(['warn', { service_id: 'counter' }, expect.stringContaining('idempotent')])
  })
})
